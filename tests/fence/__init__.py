"""A holder that records while its claim ends, every step put where it does the most harm."""
