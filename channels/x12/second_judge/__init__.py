"""pyx12 as a second opinion: ``judge`` feeds it the same tables and one set at a time, ``comparison`` holds its verdict
against ours, and ``differences`` lists every reason why the two may differ."""
