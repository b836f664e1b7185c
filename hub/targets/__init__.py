"""Whether anything may leave for a target now: breakers, maintenance hours, pauses. Pure decisions."""
