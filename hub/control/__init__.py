"""The control socket: commands (``client.py``) reach the running node (``server.py``) by it."""
