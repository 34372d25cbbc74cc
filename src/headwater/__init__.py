"""
The registry of change sources, and the claims that let exactly one live master run each of them.
"""

from headwater.aio import AsyncStore
from headwater.blocking import Store
from headwater.errors import (
    ChangeSourceAlreadyClaimedError,
    ClaimLostError,
    DatabaseBusyError,
    DatabaseError,
    DatabaseUnavailableError,
    DatabaseUrlError,
    HeadwaterError,
    LifeOverError,
    MasterInactiveError,
    MissingDriverError,
    NameCollisionError,
    OutcomeUnknownError,
    PositionMovedError,
    SchemaError,
    SourceError,
    StoreClosedError,
    UnknownChangeSourceError,
    UnknownMasterError,
    WrongKindError,
)
from headwater.values import Change, Commit, Fence, Master, Move, PastClaim, Pulse, Settings, Source, Standing, Watched

__all__ = [
    "AsyncStore",
    "Change",
    "ChangeSourceAlreadyClaimedError",
    "ClaimLostError",
    "Commit",
    "DatabaseBusyError",
    "DatabaseError",
    "DatabaseUnavailableError",
    "DatabaseUrlError",
    "Fence",
    "HeadwaterError",
    "LifeOverError",
    "Master",
    "MasterInactiveError",
    "MissingDriverError",
    "Move",
    "NameCollisionError",
    "OutcomeUnknownError",
    "PastClaim",
    "PositionMovedError",
    "Pulse",
    "SchemaError",
    "Settings",
    "Source",
    "SourceError",
    "Standing",
    "Store",
    "StoreClosedError",
    "UnknownChangeSourceError",
    "UnknownMasterError",
    "Watched",
    "WrongKindError",
]
