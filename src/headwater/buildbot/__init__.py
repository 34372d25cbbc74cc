"""Headwater inside Buildbot: one line in master.cfg (docs/explanation/inside-buildbot.md)."""

from headwater.buildbot.changesources import ChangeSourceAlreadyClaimedError, ChangeSourcesConnectorComponent
from headwater.buildbot.service import ChangeSourceClaims

__all__ = ["ChangeSourceAlreadyClaimedError", "ChangeSourceClaims", "ChangeSourcesConnectorComponent"]
