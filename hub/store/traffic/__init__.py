"""What is on its way, either way: transmissions, the interchanges in them, documents, their deliveries and the order
among these, acknowledgments; how all of a chunk is written, and how much waits where."""
