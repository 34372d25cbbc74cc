"""The errors of ``headwater.db``, where users of Buildbot's ``buildbot.db.exceptions`` look for them."""

from headwater.errors import ChangeSourceAlreadyClaimedError, UnknownChangeSourceError, UnknownMasterError

__all__ = ["ChangeSourceAlreadyClaimedError", "UnknownChangeSourceError", "UnknownMasterError"]
