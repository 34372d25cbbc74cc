"""Many processes at once, on purpose at the worst moments: what holds for the claims holds then too."""
