"""What X12 prescribes: ``tables`` reads the committed files of this folder, which ``build`` makes from the facts;
``elements`` says what is wrong with a segment's elements by them, in a function generated for each segment."""
