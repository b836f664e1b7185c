"""What leaves: departures that are sent, those that are fetched, those that only notify, and how targets stand."""
