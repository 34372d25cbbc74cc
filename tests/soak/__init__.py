"""Long runs of everything that looks for faults at random."""
