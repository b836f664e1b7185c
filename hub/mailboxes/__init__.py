"""Mailboxes of our SFTP server, as the hub keeps them: who has one, what is on its way into it, and what lies in it."""
