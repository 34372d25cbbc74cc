"""Headwater on databases that the real Buildbot has made."""
