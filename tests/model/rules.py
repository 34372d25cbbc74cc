"""The rules of claiming, R1 to R7, a function for each verb: what it may answer, and what is true after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from headwater import (
    ChangeSourceAlreadyClaimedError,
    LifeOverError,
    MasterInactiveError,
    UnknownChangeSourceError,
    UnknownMasterError,
)
from tests.model.calls import (
    Claim,
    Configure,
    Expire,
    Find,
    FindMaster,
    ForceRelease,
    Get,
    GetMaster,
    Heartbeat,
    Join,
    Leave,
    Masters,
    Raised,
    Register,
    Release,
    SetMaster,
    SetState,
    Unset,
)
from tests.model.parts import Listed, Swept, Told
from tests.model.registry import Known, Registry


def step(registry: Registry, told: Told) -> Registry | None:
    """
    Return the registry after a part that was answered so; None if at this moment it would not be.

    A part that changes nothing returns the very registry that it was given.
    """
    if isinstance(told.answer, Raised) and type(told.part) not in _MAY_FAIL:
        return None
    return _RULES[type(told.part)](registry, told.part, told.answer)


def _register(registry: Registry, call: Register, answer: object) -> Registry | None:
    if isinstance(answer, Raised) or any(map(_is_no_name, call.names)):
        return _no_name(registry, call, answer)
    (name,) = call.names
    if name in registry.names:
        return registry if registry.names[name] == answer else None
    if not isinstance(answer, int) or answer <= 0 or answer in registry.lines:
        return None
    return registry.registered(name, answer)


def _find(registry: Registry, call: Find, answer: object) -> Registry | None:
    if isinstance(answer, Raised) or any(map(_is_no_name, call.names)):
        return _no_name(registry, call, answer)
    (name,) = call.names
    return registry if registry.names.get(name) == answer else None


def _no_name(registry: Registry, call: Register | Find, answer: object) -> Registry | None:
    is_refused = any(map(_is_no_name, call.names)) and Raised(ValueError) == answer
    return registry if is_refused else None


def _get(registry: Registry, call: Get, answer: object) -> Registry | None:
    return registry if registry.seen(call.source) == answer else None


def _listed(registry: Registry, part: Listed, answer: object) -> Registry | None:
    holder = registry.holder(part.source)
    is_asked_for = part.active in {None, holder is not None} and part.master in {None, holder}
    expected = registry.seen(part.source) if is_asked_for else None
    return registry if expected == answer else None


def _claim(registry: Registry, call: Claim, answer: object) -> Registry | None:
    refusals = _refusals(registry, call.sources, call.master)
    known = registry.masters.get(call.master)
    if known is not None and call.name not in {None, known.name}:
        refusals.append(Raised(UnknownMasterError, (call.master,)))
    elif known is not None and not known.active:
        refusals.append(Raised(MasterInactiveError, (call.master,)))
    if refusals or isinstance(answer, Raised):
        return registry if answer in refusals else None
    (source,) = call.sources
    if not registry.can_be_claimed(source):
        return registry if answer is None else None
    after = registry.claimed(source, call.master)
    return after if after is not None and after.lines[source].token == answer else None


def _set_master(registry: Registry, call: SetMaster, answer: object) -> Registry | None:
    refusals = _refusals(registry, (call.source,), call.master)
    if not refusals and not registry.can_be_claimed(call.source):
        refusals = [Raised(ChangeSourceAlreadyClaimedError, (call.source, registry.holder(call.source)))]
    if refusals or answer is not None:
        return registry if answer in refusals else None
    return registry.claimed(call.source, call.master)


def _refusals(registry: Registry, sources: tuple[int, ...], master: int) -> list[Raised]:
    unknown = [Raised(UnknownChangeSourceError, (id_,)) for id_ in sources if id_ not in registry.lines]
    return unknown if master in registry.masters else [*unknown, Raised(UnknownMasterError, (master,))]


def _unset(registry: Registry, call: Unset, answer: object) -> Registry | None:
    return registry.ended([call.source], "released") if answer is None else None


def _force_release(registry: Registry, call: ForceRelease, answer: object) -> Registry | None:
    (source,) = call.sources
    return registry.ended([source], "forced") if registry.holder(source) == answer else None


def _release(registry: Registry, call: Release, answer: object) -> Registry | None:
    ((source, token),) = call.tokens
    is_theirs = (
        registry.holder(source) == call.master
        and registry.lines[source].token == token
        and call.name in {None, registry.masters[call.master].name}
    )
    if is_theirs != answer:
        return None
    return registry.ended([source], "released") if is_theirs else registry


def _swept(registry: Registry, part: Swept, answer: object) -> Registry | None:
    if registry.is_left(part.source) != answer:
        return None
    return registry.ended([part.source], "expired") if answer else registry


def _configure(registry: Registry, call: Configure, answer: object) -> Registry | None:
    is_there = call.source in registry.lines
    expected = None if is_there else Raised(UnknownChangeSourceError, (call.source,))
    return registry if expected == answer else None


def _join(registry: Registry, call: Join, answer: Any) -> Registry | None:  # noqa: ANN401 - any answer at all
    if isinstance(answer, Raised):
        return None
    id_, name, active, beat = answer
    is_new = id_ > 0 and id_ not in registry.masters and name not in {known.name for known in registry.masters.values()}
    if not is_new or not name.startswith(call.given_name) or (active, beat) != (True, 1):
        return None
    return registry.with_master(id_, Known(name, active=True, beat=1))


def _find_master(registry: Registry, call: FindMaster, answer: object) -> Registry | None:
    ids = [id_ for id_, known in registry.masters.items() if known.name == call.name]
    if ids:
        return registry if ids == [answer] else None
    if not isinstance(answer, int) or answer <= 0 or answer in registry.masters:
        return None
    return registry.with_master(answer, Known(call.name, active=False))


def _set_state(registry: Registry, call: SetState, answer: object) -> Registry | None:
    known = registry.masters.get(call.master)
    if known is None:
        return registry if answer is False else None
    if call.active and known.beat is not None and not known.active:
        return registry if Raised(LifeOverError, (call.master,)) == answer else None
    if answer is not (known.active != call.active):
        return None
    return _activated(registry, call.master) if call.active else _over(registry, call.master, "expired")


def _activated(registry: Registry, master: int) -> Registry:
    known = registry.masters[master]
    return registry if known.active else registry.with_master(master, replace(known, active=True))


def _over(registry: Registry, master: int, why: str) -> Registry | None:
    known = registry.masters[master]
    after = replace(known, active=False, is_over=known.beat is not None)
    ended = registry.ended(registry.held_by(master), why)
    return ended if ended is None or after == known else ended.with_master(master, after)


def _heartbeat(registry: Registry, call: Heartbeat, answer: object) -> Registry | None:
    known = registry.masters.get(call.master)
    goes_on = _is_a_life_of(known, call.name)
    if known is None or not goes_on:
        return registry if answer is False else None
    beaten = replace(known, beat=(known.beat or 0) + 1)
    return registry.with_master(call.master, beaten) if answer is True else None


def _expire(registry: Registry, call: Expire, answer: object) -> Registry | None:
    known = registry.masters.get(call.master)
    if not _is_a_life_of(known, call.name) or not registry.is_counted(call.master, call.beat):
        return _unchanged(registry, answer)
    if answer is None and registry.repeated.get(call.master):
        return registry
    return _life_ended(registry, call.master, "expired", answer)


def _leave(registry: Registry, call: Leave, answer: object) -> Registry | None:
    ends = _is_a_life_of(registry.masters.get(call.master), call.name)
    return _life_ended(registry, call.master, "released", answer) if ends else _unchanged(registry, answer)


def _is_a_life_of(known: Known | None, name: str) -> bool:
    return known is not None and known.beat is not None and not known.is_over and known.name == name


def _life_ended(registry: Registry, master: int, why: str, answer: object) -> Registry | None:
    return _over(registry, master, why) if registry.held_by(master) == answer else None


def _unchanged(registry: Registry, answer: object) -> Registry | None:
    return registry if answer is None else None


def _get_master(registry: Registry, call: GetMaster, answer: Any) -> Registry | None:  # noqa: ANN401 - any answer
    if answer is None or call.master not in registry.masters:
        return registry if answer is None and call.master not in registry.masters else None
    return registry if _is_described(registry, call.master, answer) else None


def _masters(registry: Registry, _: Masters, answer: Any) -> Registry | None:  # noqa: ANN401 - any answer
    ids = sorted(registry.masters)
    are_described = len(ids) == len(answer) and all(map(_is_described, [registry] * len(ids), ids, answer))
    return registry if are_described else None


def _is_described(registry: Registry, master: int, answer: tuple[Any, ...]) -> bool:
    """
    Tell whether an answer is about this master as it is; Buildbot's connector does not tell of heartbeats.
    """
    known = registry.masters[master]
    id_name_active, beats = answer[:3], answer[3:]
    is_counted = all(registry.is_counted(master, beat) for beat in beats)
    return id_name_active == (master, known.name, known.active) and is_counted


def _is_no_name(name: str) -> bool:
    return "\0" in name or any("\ud800" <= character <= "\udfff" for character in name)


_MAY_FAIL = {Register, Find, Claim, SetMaster, Configure, SetState}

_RULES: Mapping[type, Callable[[Registry, Any, Any], Registry | None]] = {
    Register: _register,
    Find: _find,
    Get: _get,
    Listed: _listed,
    Claim: _claim,
    SetMaster: _set_master,
    Unset: _unset,
    ForceRelease: _force_release,
    Release: _release,
    Swept: _swept,
    Configure: _configure,
    Join: _join,
    FindMaster: _find_master,
    SetState: _set_state,
    Heartbeat: _heartbeat,
    Expire: _expire,
    Leave: _leave,
    GetMaster: _get_master,
    Masters: _masters,
}
