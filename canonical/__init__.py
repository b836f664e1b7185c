"""What business documents mean: pure pydantic models, no I/O, nothing of ours imported."""
