"""Random histories of a real repository, polled by real git, beside a model of what must be told."""
