"""Files that are trees: XML and JSON, read and written."""
