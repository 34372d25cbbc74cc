"""What runs under a claim: the protocol of a change source, and git."""
