"""What an operator does, by pages and commands alike: configuration, targets, and what has been stored."""
