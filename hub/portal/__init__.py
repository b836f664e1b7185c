"""The supplier portal, as the hub keeps it: who may come in, what they look at before sending, and what is theirs."""
