"""The SQL and the truth: which sources there are, who holds them, what they saw; every face stands on it."""
