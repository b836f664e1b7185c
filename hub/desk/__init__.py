"""The desk: all that a door may ask of the hub, bound to one principal, and what is that principal's own."""
