"""One suite for every face and every database: what the registry promises, and that all keep it alike."""
