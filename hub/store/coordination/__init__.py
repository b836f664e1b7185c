"""What nodes agree on: which of them live, what is due when, and what time it is."""
