"""Every error that Headwater raises: one root, one class per cause, built from data, readable alone."""

from __future__ import annotations

from headwater.errors.claims import (
    ChangeSourceAlreadyClaimedError,
    ChangeSourcePausedError,
    ClaimLostError,
    ClaimTimeoutError,
    LifeOverError,
    MasterInactiveError,
    TimingError,
    UnknownChangeSourceError,
    UnknownMasterError,
)
from headwater.errors.database import (
    DatabaseBusyError,
    DatabaseError,
    DatabaseUnavailableError,
    DatabaseUrlError,
    MissingDriverError,
    OutcomeUnknownError,
    SchemaError,
    StoreClosedError,
    WrongKindError,
)
from headwater.errors.registry import (
    CheckUndoneError,
    EditedMeanwhileError,
    NameCollisionError,
    NameTakenError,
    NotWatchedError,
    PositionMovedError,
)
from headwater.errors.root import HeadwaterError
from headwater.errors.sources import (
    AccessDeniedError,
    CredentialError,
    ForeignOwnerError,
    NotAllowedError,
    RepositoryNotFoundError,
    SourceError,
    UnreachableError,
)

__all__ = [
    "AccessDeniedError",
    "ChangeSourceAlreadyClaimedError",
    "ChangeSourcePausedError",
    "CheckUndoneError",
    "ClaimLostError",
    "ClaimTimeoutError",
    "CredentialError",
    "DatabaseBusyError",
    "DatabaseError",
    "DatabaseUnavailableError",
    "DatabaseUrlError",
    "EditedMeanwhileError",
    "ForeignOwnerError",
    "HeadwaterError",
    "LifeOverError",
    "MasterInactiveError",
    "MissingDriverError",
    "NameCollisionError",
    "NameTakenError",
    "NotAllowedError",
    "NotWatchedError",
    "OutcomeUnknownError",
    "PositionMovedError",
    "RepositoryNotFoundError",
    "SchemaError",
    "SourceError",
    "StoreClosedError",
    "TimingError",
    "UnknownChangeSourceError",
    "UnknownMasterError",
    "UnreachableError",
    "WrongKindError",
]
