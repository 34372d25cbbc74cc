"""What needs no database: pure functions, and policies whose database is scripted."""
