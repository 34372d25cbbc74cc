"""What goes wrong with a database, done for real: answers lost, servers gone, disks full, files read-only."""
