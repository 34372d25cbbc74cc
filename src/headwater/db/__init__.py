"""Buildbot's database API and names over Headwater's store: what a master has as ``master.db``."""
