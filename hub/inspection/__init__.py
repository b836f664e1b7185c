"""Files and stored documents looked into: what the hub makes of one, how two differ, how a person reads one."""
