"""Files of rows: CSV, fixed width, workbooks, read and written."""
