"""The documents say what is true: their examples run, and their lists are complete."""
