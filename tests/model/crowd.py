"""What many ask for at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.model.calls import (
    Call,
    Expire,
    ForceRelease,
    Get,
    Heartbeat,
    Join,
    Leave,
    List,
    Masters,
    Release,
    ReleaseLeft,
    SetState,
)
from tests.model.registry import Registry

Wish = Callable[[Registry, int, int], Call]
"""Makes a call about a source and a master out of what was true before the crowd."""


def heartbeat(registry: Registry, master: int, *, is_named: bool = True) -> Heartbeat:
    """
    Return the heartbeat of a master, or of one that has its id and another name.
    """
    return Heartbeat(master, named(registry, master, is_named=is_named))


def leave(registry: Registry, master: int, *, is_named: bool = True) -> Leave:
    """
    Return the leave of a master, or of one that has its id and another name.
    """
    return Leave(master, named(registry, master, is_named=is_named))


def expire(registry: Registry, master: int, *, late: int = 0, is_named: bool = True) -> Expire:
    """
    Return the end of a life whose heartbeat stopped so many beats ago.
    """
    beat = registry.masters[master].beat or 1
    return Expire(master, named(registry, master, is_named=is_named), beat - late)


def named(registry: Registry, master: int, *, is_named: bool = True) -> str:
    """
    Return the name of a master, or one that it has not.
    """
    return registry.masters[master].name + ("" if is_named else "?")


def newest_token(registry: Registry, source: int) -> int:
    """
    Return the token of a source's claim, or of its last one.
    """
    return registry.lines[source].token


def stale_token(registry: Registry, source: int) -> int:
    """
    Return the token of the claim before the last one; where there was none, a token that is nobody's.
    """
    tokens = [entry.token for entry in registry.book.get(source, ())]
    return tokens[-2] if len(tokens) > 1 else newest_token(registry, source) - 1


def holder_or(registry: Registry, source: int, master: int) -> int:
    """
    Return who holds a source; the master, if nobody does.
    """
    holder = registry.holder(source)
    return master if holder is None else holder


def awake(registry: Registry, master: int) -> int:
    """
    Return a master that is active, this one if it is; only if all are inactive, an inactive one.
    """
    active = [id_ for id_, known in registry.masters.items() if known.active] or [master]
    # By place and not by id: an example that is run again has other ids.
    return master if master in active else active[list(registry.masters).index(master) % len(active)]


WISHES: Mapping[str, Wish] = {
    "get": lambda _, source, __: Get(source),
    "list": lambda _, __, master: List(active=True, master=master),
    "list free": lambda *_: List(active=False),
    "release": lambda registry, source, master: Release(
        ((source, newest_token(registry, source)),), holder_or(registry, source, master)
    ),
    "release with a stale token": lambda registry, source, master: Release(
        ((source, stale_token(registry, source)),), holder_or(registry, source, master)
    ),
    "release of another": lambda registry, source, master: Release(((source, newest_token(registry, source)),), master),
    "force": lambda _, source, __: ForceRelease((source,)),
    "activate": lambda _, __, master: SetState(master, active=True),
    "deactivate": lambda registry, source, master: SetState(holder_or(registry, source, master), active=False),
    "heartbeat": lambda registry, _, master: heartbeat(registry, master),
    "expire": lambda registry, source, master: expire(registry, holder_or(registry, source, master)),
    "expire too late": lambda registry, source, master: expire(registry, holder_or(registry, source, master), late=1),
    "leave": lambda registry, source, master: leave(registry, holder_or(registry, source, master)),
    "join": lambda *_: Join("a life"),
    "sweep": lambda *_: ReleaseLeft(),
    "masters": lambda *_: Masters(),
}
