"""From the texts of a record to canonical objects, whatever the record is of."""
