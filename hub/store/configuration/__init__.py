"""What holds for a partner from document to document: configuration as it was applied, crosswalks, and the counts of
control numbers."""
