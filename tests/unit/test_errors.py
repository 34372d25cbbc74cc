"""Each error says by itself what happened, and keeps what it was built from."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable

import pytest

import headwater
from headwater import errors
from headwater.errors import HeadwaterError

DATABASE = "postgresql://buildbot:***@db/buildbot"

SAMPLES: dict[HeadwaterError, str] = {
    errors.ChangeSourceAlreadyClaimedError(7, 2): "change source 7 is already claimed by active master 2",
    errors.ChangeSourcePausedError(7): "change source 7 is paused: `headwater resume` lets it be claimed again",
    errors.NameTakenError("linux", 7): "the name 'linux' is that of change source 7: choose another, or rename that",
    errors.EditedMeanwhileError(7, "linux"): "somebody has edited change source 7, 'linux', meanwhile",
    errors.CheckUndoneError(
        7, "v1"
    ): "change source 7 is still to be told again from 'v1' on: ask for another check once that is done",
    errors.UnknownChangeSourceError(7): "there is no change source 7",
    errors.UnknownChangeSourceError("linux"): "there is no change source 'linux'",
    errors.UnknownMasterError(2): "there is no master 2",
    errors.MasterInactiveError(2): "master 2 is inactive: it has left or was expired, and must join anew to claim",
    errors.LifeOverError(2): "master 2 is one life, and that is over: it cannot be set active again",
    errors.ClaimLostError(7, 2, 41): "master 2 no longer holds change source 7 under token 41: nothing was recorded",
    errors.ClaimLostError(7, 2, 41, "released"): "master 2 no longer holds change source 7 under token 41: released",
    errors.ClaimTimeoutError("report", 5): "'report' could not be claimed within 5 s",
    errors.ClaimTimeoutError("report", 0.5, "a#1"): "'report' could not be claimed within 0.5 s: a#1 holds it",
    errors.NotWatchedError(7): "change source 7 has no settings, and so no position: `configure` it first",
    errors.PositionMovedError(
        7, "refs/heads/main"
    ): "the position of 'refs/heads/main' of change source 7 has moved: nothing was recorded",
    errors.TimingError("the lease is too short"): "the lease is too short",
    errors.NameCollisionError("linux"): "the name 'linux' has the same SHA-1 as another registered name",
    errors.DatabaseError(DATABASE, "disk full"): f"{DATABASE}: disk full",
    errors.DatabaseUnavailableError(DATABASE, "connection refused"): f"{DATABASE}: connection refused",
    errors.DatabaseBusyError(DATABASE, "lock timeout"): f"{DATABASE}: lock timeout",
    errors.DatabaseUrlError(DATABASE, "is malformed"): f"{DATABASE}: is malformed",
    errors.MissingDriverError(DATABASE, "needs psycopg"): f"{DATABASE}: needs psycopg",
    errors.SchemaError(DATABASE, "its tables are older"): f"{DATABASE}: its tables are older",
    errors.WrongKindError(DATABASE, "is Buildbot's"): f"{DATABASE}: is Buildbot's",
    errors.OutcomeUnknownError(DATABASE, "connection lost"): f"{DATABASE}: connection lost",
    errors.StoreClosedError(): "the store is not open",
    errors.SourceError("linux", "git was killed"): "linux: git was killed",
    errors.UnreachableError("linux", "connection refused"): "linux: connection refused",
    errors.AccessDeniedError("linux", "permission denied"): "linux: permission denied",
    errors.RepositoryNotFoundError("linux", "not found"): "linux: not found",
    errors.NotAllowedError("linux", "the URL is empty"): "linux: the URL is empty",
    errors.CredentialError("linux", "unknown to this master"): "linux: unknown to this master",
    errors.ForeignOwnerError("linux", "belongs to another user"): "linux: belongs to another user",
}
"""Every error, built from data, and what it says."""

CLASSES = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, Exception)]

each_error = pytest.mark.parametrize("error", SAMPLES, ids=repr)


def pickled(error: HeadwaterError) -> HeadwaterError:
    """
    Return what another process would make of an error.
    """
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own pickle
    assert isinstance(twin, HeadwaterError)
    return twin


@each_error
def test_an_error_is_readable_alone(error: HeadwaterError) -> None:
    """
    The text of an error names what it is about, without a log around it.
    """
    assert SAMPLES[error] == str(error)


@each_error
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled], ids=lambda way: way.__name__)
def test_an_error_can_be_copied(error: HeadwaterError, copied: Callable[[HeadwaterError], HeadwaterError]) -> None:
    """
    A copy of an error, be it in another process, has the same class, data and text.
    """
    twin = copied(error)

    assert (type(error), error.args, vars(error), str(error)) == (type(twin), twin.args, vars(twin), str(twin))


@pytest.mark.parametrize("error", CLASSES)
def test_an_error_has_one_root_and_is_public(error: type[Exception]) -> None:
    """
    Every error is a HeadwaterError, has an example here, and is imported from the top.
    """
    assert issubclass(error, HeadwaterError)
    assert error is getattr(headwater, error.__name__)
    assert error.__name__ in headwater.__all__
    assert error is HeadwaterError or error in {type(sample) for sample in SAMPLES}


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.UnknownChangeSourceError, LookupError),
        (errors.UnknownMasterError, LookupError),
        (errors.NotWatchedError, LookupError),
        (errors.LifeOverError, ValueError),
        (errors.NameCollisionError, ValueError),
        (errors.DatabaseUrlError, ValueError),
        (errors.MissingDriverError, ImportError),
    ],
)
def test_an_error_is_also_the_builtin_that_fits(error: type[Exception], builtin: type[Exception]) -> None:
    """
    Who knows Python's own error for a cause can catch that.
    """
    assert issubclass(error, builtin)


def test_a_long_name_is_cut() -> None:
    """
    A name of any length does not fill the screen.
    """
    assert 200 > len(str(errors.NameCollisionError("x" * 60_000)))
