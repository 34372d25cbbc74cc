"""Headwater beside Buildbot's own connector and the raw drivers: ``python -m bench``."""
