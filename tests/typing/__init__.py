"""Public names, as a type checker sees them."""
