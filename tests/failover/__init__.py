"""Real masters in real processes that are killed, paused and cut off, while a checker reads what they did."""
