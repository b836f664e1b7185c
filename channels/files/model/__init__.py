"""What a mapping says, and what can be wrong with it: formats, places, rules, and the plan they make of a
document."""
