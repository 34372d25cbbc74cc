"""What runs under a claim, against real repositories and hosts that do not answer."""
