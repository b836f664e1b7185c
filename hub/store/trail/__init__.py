"""What is told: events, their sealed chain, what was refused, and what a person must decide."""
