"""What the verbs answer with."""

from __future__ import annotations

import inspect

import msgspec
import pytest
from msgspec import Struct

import headwater
from headwater import (
    Brief,
    Change,
    Commit,
    Condition,
    Edited,
    Fence,
    Master,
    Move,
    PastClaim,
    Pause,
    Peer,
    Pulse,
    Report,
    Settings,
    Share,
    Source,
    Standing,
    Watched,
    values,
)

COMMIT = Commit(
    oid="c0ffee",
    parents=("beef", "f00d"),
    author="Ada",
    author_email="ada@example.org",
    authored_at=1,
    committer="Grace",
    committer_email="grace@example.org",
    committed_at=2,
    message="Fix the loom\n\nÄ \N{PILE OF POO}",
)
SETTINGS = Settings(kind="git", url="/srv/api.git", host="build1")
SHARE = Share(held=7, want=1)

SAMPLES: list[Struct] = [
    Fence(source=1, master=2, token=3, name="ci-a"),
    Source(id=7, name="linux", holder=2),
    Master(id=2, name="build1#a1", active=True, last_active=1, given_name="build1", pid=42, beat=3, silent_ms=10),
    Standing(id=7, name="linux", holder=2, holder_name="build1", holder_is_active=True, since=3),
    PastClaim(token=41, master=2, master_name="build1", since=1, until=2, why="released"),
    Pulse(version="SQLite 3.40", now=1),
    SHARE,
    Peer(id=2, name="build1#a1", given_name="build1", beat=3, shares={"git": SHARE}, pid=42, machine="boot"),
    SETTINGS,
    Watched(id=7, name="linux", settings=SETTINGS, holder=2),
    COMMIT,
    Move(ref="refs/heads/main", before=None, after="c0ffee"),
    Change(
        number=1,
        source=7,
        source_name="linux",
        ref="refs/heads/main",
        before=None,
        after="c0ffee",
        forced=False,
        recorded_at=3,
        commit_count=1,
        commits=(COMMIT,),
    ),
    Edited(number=7, ids=(1, 3)),
    Condition(state="failing", reason="refused", since=1, attempts=2, checked_at=3, succeeded_at=4, next_at=5),
    Report(source=1, token=2, state="checking", reason="42 %", since_ago=5, checked_ago=6, next_in=7, checks_done=8),
    Pause(since=1, until=2, why="too loud", by="ada"),
    Brief(name="api", settings=Settings(kind="git", url="/srv/api"), refs={"refs/heads/main": "c0ffee"}),
]

CLASSES = [
    one for one in vars(values).values() if inspect.isclass(one) and one.__module__.startswith(f"{values.__name__}.")
]

each_value = pytest.mark.parametrize("value", SAMPLES, ids=lambda value: type(value).__name__)


@each_value
def test_a_value_cannot_be_changed(value: Struct) -> None:
    """
    A value that was answered to one caller is the same for all who were given it.
    """
    with pytest.raises(AttributeError, match="immutable"):
        setattr(value, value.__struct_fields__[0], 0)


@each_value
def test_a_value_goes_through_json(value: Struct) -> None:
    """
    A value is written as JSON, and read back as what it was.
    """
    assert value == msgspec.json.decode(msgspec.json.encode(value), type=type(value))


@each_value
def test_values_are_compared_by_what_they_hold(value: Struct) -> None:
    """
    Equal values are equal, and differ from those with another field.
    """
    twin = msgspec.structs.replace(value)

    assert value == twin
    assert value != msgspec.structs.replace(value, **{value.__struct_fields__[0]: 0})


@pytest.mark.parametrize(
    "value",
    [sample for sample in SAMPLES if not isinstance(sample, Peer | Brief)],
    ids=lambda value: type(value).__name__,
)
def test_equal_values_hash_alike(value: Struct) -> None:
    """
    Values can be put into sets; but not a master with its shares, or a position, which are mappings.
    """
    assert hash(value) == hash(msgspec.structs.replace(value))


@pytest.mark.parametrize("value", CLASSES)
def test_a_value_is_public(value: type[Struct]) -> None:
    """
    Every kind of value is imported from the top, has an example here, and is built by the names of its fields.
    """
    assert value is getattr(headwater, value.__name__)
    assert value in {type(sample) for sample in SAMPLES}
    assert value.__struct_config__.frozen
    with pytest.raises(TypeError, match="positional"):
        value(*["x"] * len(value.__struct_fields__))
