"""The supplier portal: pages on which a partner's people send files, see what became of them, and fetch what is theirs.

It asks the hub by the port in ``desk.py`` and knows nothing else of it."""
