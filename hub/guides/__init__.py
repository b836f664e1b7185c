"""What a partner is told about a transaction set: the guide as a page to send, and samples made from the same data."""
