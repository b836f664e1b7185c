"""What the console's and the portal's pages have in common: the frame around them, and how their templates are read."""
