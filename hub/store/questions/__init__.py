"""What pages, API and verification ask across tables. Nothing is written here."""
