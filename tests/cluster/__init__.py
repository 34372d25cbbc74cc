"""Masters by themselves and beside each other: their engines, and the runner of what they hold."""
