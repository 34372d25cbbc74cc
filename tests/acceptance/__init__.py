"""What a user of the command sees: real processes, real repositories, every database."""
