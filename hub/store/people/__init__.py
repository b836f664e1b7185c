"""Who may come in: keys of programs, operators, people of partners, and what they hold for a while."""
