"""A profile as a form with fields: what it asks, in the order of a person's questions, and what the answers change in
the profile's text."""
