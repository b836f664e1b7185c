"""The forms that documents come and go in. The steps ask here for what differs from one form to another.

``reading`` has a row for each form (``channels.channel.Codec``): how a file is scanned for its documents, and how one
of them is read. To add a form is to name it there and to add its row.
"""
