"""What the hub tells of itself: the catalogue of its events, their form as CloudEvents, and the feed of those that are
sealed."""
