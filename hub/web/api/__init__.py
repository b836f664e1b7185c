"""Version 1 of the API: partners and systems send and ask, each bound to its own by its access key."""
