"""JSON that is posted: read strictly, and refused with every problem at once."""
