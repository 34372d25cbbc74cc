"""A cluster in a minute: repositories that get commits, masters that watch them, one of which is killed."""
