"""Those that are measured: each in a process of its own, on a database of its own."""
