"""Every face of the registry, compared with a plain model of its rules."""
