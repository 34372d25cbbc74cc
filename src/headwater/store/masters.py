"""Masters as the connector sees them: found by name, got, listed, switched active or inactive (R4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headwater.errors import LifeOverError, NameCollisionError, WrongKindError
from headwater.store.names import Named, find_or_insert
from headwater.store.release import end_left_by, end_slice_of
from headwater.values import Master

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_MASTERS = Named(
    find="SELECT name_hash, id, name FROM masters WHERE name_hash IN :hashes",
    insert="""
        INSERT INTO masters (name, name_hash, active, last_active)
        SELECT g.name, g.hash, 0, {now_seconds} FROM {given: name text, hash text} AS g
        WHERE 1 = 1 ORDER BY g.hash {or_keep: masters.name_hash}""",
)

_BARE = "SELECT m.id, m.name, m.active, m.last_active FROM masters m"

_WITH_FACTS = """
    SELECT m.id, m.name, m.active, m.last_active,
           f.given_name, f.host, f.pid, f.version, h.beat, {now} - h.beat_at, f.machine
    FROM masters m
    LEFT JOIN master_facts f ON f.masterid = m.id
    LEFT JOIN heartbeats h ON h.masterid = m.id"""

LOCK_LIVES = (
    "SELECT masterid, name, beat, ended_at FROM heartbeats WHERE masterid IN :ids ORDER BY masterid {for_update}"
)

_LOCK = "SELECT id, active FROM masters WHERE id IN :ids ORDER BY id {for_update}"

_ACTIVATE = "UPDATE masters SET active = 1, last_active = {now_seconds} WHERE id IN :ids"

DEACTIVATE = "UPDATE masters SET active = 0 WHERE id IN :ids"

END_LIVES = "UPDATE heartbeats SET ended_at = {now} WHERE masterid IN :ids AND ended_at IS NULL"


def find(session: Session, calls: Sequence[str], attempt: Attempt) -> list[int | NameCollisionError]:
    """
    Return the id of the master with each name; a name that is new gets an inactive master.
    """
    found = find_or_insert(session, _MASTERS, calls)
    return [found[name] for name in calls]


def get(session: Session, calls: Sequence[int], attempt: Attempt) -> list[Master | None]:
    """
    Return each master, or None where there is none with this id.
    """
    rows = session.rows(_select(session) + " WHERE m.id IN :ids", ids=sorted(set(calls)))
    masters = {row[0]: _master(row) for row in rows}
    return [masters.get(id_) for id_ in calls]


def list_(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[Master]]:
    """
    Return all masters, the inactive too, in the order of their ids.
    """
    masters = [_master(row) for row in session.rows(_select(session) + " ORDER BY m.id")]
    return [masters for _ in calls]


def set_state(
    session: Session, calls: Sequence[tuple[int, bool]], attempt: Attempt
) -> list[bool | LifeOverError | WrongKindError]:
    """
    Mark masters active or inactive; say of each whether that changed anything.

    What goes inactive loses its claims in the same transaction (R4). A life that joined by Headwater never
    becomes active again (R7). After a lost answer, what is already so counts as changed: somebody must be told.
    """
    # Calls that came together are answered each for itself: one that is refused stops none of the others.
    wanted = {id_: active for id_, active in calls if active or session.recorder.has_tokens}
    answers = _set_states(session, wanted, attempt) if wanted else {}
    wrong_kind = WrongKindError("Buildbot's database", "only Buildbot marks a master inactive here")
    return [answers.get(id_, wrong_kind) for id_, _ in calls]


def _set_states(session: Session, wanted: dict[int, bool], attempt: Attempt) -> dict[int, bool | LifeOverError]:
    with session.transaction():
        lives = _lives(session, wanted)
        were = {id_: bool(active) for id_, active in session.rows(_LOCK, ids=sorted(wanted))}
        refused = {id_ for id_ in lives if wanted[id_] and not were.get(id_)}
        on = [id_ for id_ in were if wanted[id_] and id_ not in refused]
        off = [id_ for id_ in were if not wanted[id_]]
        _switch(session, on, off)
    end_left_by(session, off, "expired", lambda _: None)
    changed = {id_: were[id_] != wanted[id_] or attempt.again for id_ in were}
    return {id_: LifeOverError(id_) if id_ in refused else changed.get(id_, False) for id_ in wanted}


def _switch(session: Session, on: list[int], off: list[int]) -> None:
    if on:
        session.count(_ACTIVATE, ids=on)
    if off:
        session.count(DEACTIVATE, ids=off)
        end_slice_of(session, off, "expired")


def _lives(session: Session, wanted: dict[int, bool]) -> set[int]:
    if not session.recorder.has_tokens:
        return set()
    lives = {row[0] for row in session.rows(LOCK_LIVES, ids=sorted(wanted))}
    if ended := [id_ for id_ in lives if not wanted[id_]]:
        session.count(END_LIVES, ids=ended)
    return lives


def _select(session: Session) -> str:
    return _WITH_FACTS if session.recorder.has_tokens else _BARE


def _master(row: Sequence[Any]) -> Master:
    known = ("id", "name", "active", "last_active", "given_name", "host", "pid", "version", "beat")
    fields = (*known, "silent_ms", "machine")
    values = dict(zip(fields, row, strict=False))
    return Master(**(values | {"active": bool(values["active"])}))
