"""The doors against what their kind can do at all: the same client, in the same run."""
