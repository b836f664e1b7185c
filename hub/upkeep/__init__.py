"""What keeps a hub sound over the years: the audit chain, backup and restore, what is swept away and what is pruned."""
