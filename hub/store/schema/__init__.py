"""What a row is: the tables, by what they hold, and rows as frozen values. ``../migrations`` has the history."""
