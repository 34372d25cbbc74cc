"""One master by itself: its engine, and the runner of what it holds."""
