"""The database itself: what differs between SQLite and PostgreSQL, how rows are read and written, and what a
failure means."""
