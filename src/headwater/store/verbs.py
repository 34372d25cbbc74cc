"""What can be asked of the registry: check the arguments of each verb, and cut them into calls."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from headwater.errors import (
    ChangeSourceAlreadyClaimedError,
    ChangeSourcePausedError,
    UnknownChangeSourceError,
    UnknownMasterError,
)
from headwater.identity import headwater_version, host, machine, name_of_a_life
from headwater.store import claims, lives, masters, release, settings, sources
from headwater.store.arguments import checked_flag, checked_id, checked_name, checked_strings, possible
from headwater.store.claimlook import Claimant, Wanted
from headwater.store.claims import Token
from headwater.store.history import Why
from headwater.store.lives import Joining, Life
from headwater.store.performer import Verb
from headwater.store.release import Held
from headwater.store.requests import SLICE, Limits, Part, Request, concatenated, joined, only, ours, slices
from headwater.store.watching import check_settings
from headwater.values import Master, Settings, Source, Watched

REGISTER = Verb(sources.register, "writes")
FIND = Verb(sources.find, "reads")
GET_SOURCE = Verb(sources.get, "reads")
LIST_SOURCES = Verb(sources.list_, "lists")
CLAIM = Verb(claims.claim, "writes")
RELEASE = Verb(release.release, "writes")
FORCE_RELEASE = Verb(release.force_release, "writes")
RELEASE_LEFT = Verb(release.release_left, "writes")
FORGET = Verb(lives.forget, "writes")
JOIN = Verb(lives.join, "writes")
HEARTBEAT = Verb(lives.heartbeat, "beats")
EXPIRE = Verb(lives.expire, "writes")
LEAVE = Verb(lives.leave, "writes")
FIND_MASTER = Verb(masters.find, "writes")
SET_STATE = Verb(masters.set_state, "writes")
GET_MASTER = Verb(masters.get, "reads")
LIST_MASTERS = Verb(masters.list_, "lists")
CONFIGURE = Verb(settings.configure, "writes")
WATCHED = Verb(settings.watched, "lists")
CLAIMABLE = Verb(settings.claimable, "reads")

_NOT_TO_BE_HAD = (ChangeSourceAlreadyClaimedError, ChangeSourcePausedError)
_SUFFIX = 16
"""Bytes that are kept for what makes the name of a life its own."""

_NAME_WEIGHT = 4000
"""Characters of a name that weigh as much as a row."""


def register(limits: Limits, names: Iterable[str]) -> Request[dict[str, int]]:
    checked = _checked_names(limits, names)
    return Request(REGISTER, _name_parts(checked), joined)


def register_one(limits: Limits, name: str) -> Request[int]:
    return register(limits, [name]).then(lambda ids: ids[name])


def find(limits: Limits, names: Iterable[str]) -> Request[dict[str, int]]:
    checked = _checked_names(limits, names)
    return Request(FIND, _name_parts(checked), joined)


def source(id_: int) -> Request[Source | None]:
    if not possible(checked_id(id_, "source")):
        return Request.answered(None)
    return Request(GET_SOURCE, [Part(id_)], only)


def list_sources(*, active: bool | None, master: Master | int | None) -> Request[list[Source]]:
    if active is not None:
        checked_flag(active, "active")
    holder = None if master is None else master_id(master)
    if holder is not None and (active is False or not possible(holder)):
        return Request.answered([])
    return Request(LIST_SOURCES, [Part((active, holder))], only)


def claim(ids: Iterable[int], master: Master | int) -> Request[dict[int, Token]]:
    claimant = Claimant(id=master_id(master), name=_name_of(master))
    wanted = _possible_sources(ids)
    if not possible(claimant.id):
        raise UnknownMasterError(claimant.id)
    return Request(CLAIM, [_claim_part(slice_, claimant) for slice_ in slices(wanted)], _won)


def claim_for(id_: int, master: int) -> Request[None]:
    """
    Claim one source for a master that may be inactive still; who holds it already is an error.
    """
    claimant = Claimant(id=checked_id(master, "master"), must_be_active=False)
    if not possible(checked_id(id_, "source")):
        raise UnknownChangeSourceError(id_)

    def claimed(answers: list[Any]) -> None:
        if isinstance(answers[0][id_], BaseException):
            raise answers[0][id_]

    if not possible(claimant.id):
        return _if_there(id_, UnknownMasterError(claimant.id))
    return Request(CLAIM, [_claim_part([id_], claimant)], claimed)


def release_claims(tokens: Mapping[int, Token], master: Master | int, *, why: Why = "released") -> Request[list[int]]:
    holder = master_id(master)
    items = [(id_, token) for id_, token in tokens.items() if possible(checked_id(id_, "source"))]
    parts = [
        Part(Held(holder, _name_of(master), dict(slice_), why), keys=[id_ for id_, _ in slice_], weight=len(slice_))
        for slice_ in slices(items)
    ]
    return Request(RELEASE, parts, concatenated)


def force_release(ids: Iterable[int], *, why: str = "forced") -> Request[dict[int, int]]:
    known = [id_ for id_ in dict.fromkeys(ids) if possible(checked_id(id_, "source"))]
    parts = [Part((tuple(slice_), why), keys=slice_, weight=len(slice_)) for slice_ in slices(known)]
    return Request(FORCE_RELEASE, parts, joined)


def release_left() -> Request[list[int]]:
    return Request(RELEASE_LEFT, [Part(None)], only)


def forget(limits: Limits) -> Request[list[int]]:
    return Request(ours(limits, FORGET), [Part(None)], only)


def unset(id_: int) -> Request[None]:
    """
    End the claim of a source, whoever holds it; there is nothing to end for an id that is no source's.
    """
    return force_release([id_], why="released").then(lambda _: None)


def join(limits: Limits, name: str) -> Request[int]:
    checked_name(name, at_most=limits.name_bytes - _SUFFIX)
    joining = Joining(
        name=name_of_a_life(name),
        given_name=name,
        host=host(),
        pid=os.getpid(),
        version=headwater_version(),
        machine=machine(),
    )
    return Request(ours(limits, JOIN), [Part(joining)], only)


def heartbeat(limits: Limits, master: Master) -> Request[bool]:
    return about_a_life(ours(limits, HEARTBEAT), Life(master.id, master.name), unknown=False)


def expire(limits: Limits, master: Master, *, beat: int) -> Request[list[int] | None]:
    return about_a_life(ours(limits, EXPIRE), Life(master.id, master.name, beat), unknown=None)


def leave(limits: Limits, master: Master) -> Request[list[int] | None]:
    return about_a_life(ours(limits, LEAVE), Life(master.id, master.name), unknown=None)


def find_master(limits: Limits, name: str) -> Request[int]:
    return Request(FIND_MASTER, [Part(checked_name(name, at_most=limits.name_bytes))], only)


def set_state(id_: int, *, active: bool) -> Request[bool]:
    checked_flag(active, "active")
    if not possible(checked_id(id_, "master")):
        return Request.answered(answer=False)
    return Request(SET_STATE, [Part((id_, active), keys=[("master", id_)], is_barrier=True)], only)


def master(id_: int) -> Request[Master | None]:
    if not possible(checked_id(id_, "master")):
        return Request.answered(None)
    return Request(GET_MASTER, [Part(id_)], only)


def known_master(id_: int) -> Request[Master]:
    def there(answers: list[Any]) -> Master:
        if answers[0] is None:
            raise UnknownMasterError(id_)
        return answers[0]  # type: ignore[no-any-return] # get_master answers with a Master

    return Request(GET_MASTER, [Part(id_)], there)


def list_masters() -> Request[list[Master]]:
    return Request(LIST_MASTERS, [Part(None)], only)


def configure(limits: Limits, id_: int, wanted: Settings) -> Request[None]:
    if not possible(checked_id(id_, "source")):
        raise UnknownChangeSourceError(id_)
    check_settings(limits, wanted)
    return Request(ours(limits, CONFIGURE), [Part((id_, wanted), keys=[id_])], only)


def watched(limits: Limits) -> Request[list[Watched]]:
    return Request(ours(limits, WATCHED), [Part(None)], only)


def claimable(limits: Limits, *, host: str, kinds: Iterable[str]) -> Request[list[Watched]]:
    return Request(ours(limits, CLAIMABLE), [Part((host, tuple(kinds)))], only)


def master_id(master: Master | int) -> int:
    """
    Return the id of a master that is given as a value or by its id.
    """
    return master.id if isinstance(master, Master) else checked_id(master, "master")


def _name_of(master: Master | int) -> str | None:
    return master.name if isinstance(master, Master) else None


def _if_there(id_: int, error: UnknownMasterError) -> Request[None]:
    """
    Raise the error, unless it is the source that is unknown.
    """

    def raised(answers: list[Any]) -> None:
        raise UnknownChangeSourceError(id_) if answers[0] is None else error

    return Request(GET_SOURCE, [Part(id_)], raised)


def _checked_names(limits: Limits, names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(checked_name(name, at_most=limits.name_bytes) for name in checked_strings(names)))


def _possible_sources(ids: Iterable[int]) -> list[int]:
    wanted = list(dict.fromkeys(checked_id(id_, "source") for id_ in ids))
    for id_ in wanted:
        if not possible(id_):
            raise UnknownChangeSourceError(id_)
    return wanted


def _name_parts(names: list[str]) -> list[Part]:
    # By weight: a statement must fit into the packets that the server takes.
    parts: list[Part] = []
    slice_: list[str] = []
    weight = 0
    for name in names:
        slice_.append(name)
        weight += 1 + len(name) // _NAME_WEIGHT
        if weight >= SLICE or name is names[-1]:
            parts.append(Part(tuple(slice_), weight=weight))
            slice_, weight = [], 0
    return parts


def _claim_part(ids: Sequence[int], claimant: Claimant) -> Part:
    return Part(Wanted(tuple(ids), claimant), keys=ids, weight=len(ids))


def about_a_life(verb: Verb, life: Life, *, unknown: Any) -> Request[Any]:
    """
    Return a request about one life: two about the same one go one after the other, and no other verb overtakes it.

    Args:
        verb: what is asked.
        life: whose it is.
        unknown: the answer for an id that no database could have given.
    """
    if not possible(checked_id(life.id, "master")):
        return Request.answered(unknown)
    return Request(verb, [Part(life, keys=[("master", life.id)], is_barrier=True)], only)


def _won(answers: list[Any]) -> dict[int, Token]:
    """
    Keep what was won; to find a source claimed or paused is no error here, to name one that is not there is.
    """
    outcomes = joined(answers)
    for outcome in outcomes.values():
        if isinstance(outcome, BaseException) and not isinstance(outcome, _NOT_TO_BE_HAD):
            raise outcome
    return {id_: outcome for id_, outcome in outcomes.items() if not isinstance(outcome, BaseException)}
