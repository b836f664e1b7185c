"""Who comes in and how much at a time: credentials, rates, and the room for arrivals."""
