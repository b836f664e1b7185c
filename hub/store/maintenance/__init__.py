"""What keeps the database itself: removing what is old, whole copies of it, and a trial whether it takes a write."""
