"""What comes in: arrivals as a door writes them, what tells that one came before, and how often one was tried."""
