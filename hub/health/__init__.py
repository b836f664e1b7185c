"""How the hub stands: whether it can take something in, what waits where, which partner is silent, and whose fault what
is wrong is. Read from the store, so that pages, commands and metrics say the same."""
