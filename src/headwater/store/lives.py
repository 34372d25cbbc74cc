"""Masters as lives: join, heartbeat, expire, leave (docs/explanation/claiming.md, R4 and R7 to R9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from headwater.store.arguments import hash_of
from headwater.store.masters import DEACTIVATE, END_LIVES, LOCK_LIVES
from headwater.store.release import end_left_by, end_slice_of

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.history import Why
    from headwater.store.session import Session


class Joining(Struct, frozen=True):
    """
    One call of `join`. The name is chosen before the first try, so that a second one finds the first's row.
    """

    name: str
    given_name: str
    host: str
    pid: int
    version: str
    machine: str | None = None


class Life(Struct, frozen=True):
    """
    Which master is meant: by id and by name, for a database that lost its tail can give an id out twice.
    """

    id: int
    name: str | None
    beat: int | None = None
    """Only if its heartbeat still is this one; None: whatever it is."""
    shares: str | None = None
    """What a heartbeat says of sources, as JSON."""
    is_swept: bool = False
    """Whether the caller ends by `release_left` what claims are left after the first thousand."""


_INSERT_MASTERS = """
    INSERT INTO masters (name, name_hash, active, last_active)
    SELECT g.name, g.hash, 1, {now_seconds} FROM {given: name text, hash text} AS g
    WHERE 1 = 1 ORDER BY g.hash {or_keep: masters.name_hash}"""

_INSERT_HEARTBEATS = """
    INSERT INTO heartbeats (masterid, name, beat, beat_at)
    SELECT m.id, m.name, 1, {now} FROM masters m WHERE m.name_hash IN :hashes
    {or_keep: heartbeats.masterid}"""

_INSERT_FACTS = """
    INSERT INTO master_facts (masterid, given_name, host, pid, version, machine, joined_at)
    SELECT m.id, g.given_name, g.host, g.pid, g.version, g.machine, {now}
    FROM {given: hash text, given_name text, host text, pid int, version text, machine text} AS g
    JOIN masters m ON m.name_hash = g.hash
    WHERE 1 = 1 {or_keep: master_facts.masterid}"""

_IDS = "SELECT name_hash, id FROM masters WHERE name_hash IN :hashes"

_BEAT = """
    UPDATE heartbeats SET beat = beat + 1, beat_at = {now}, shares = :shares
    WHERE masterid = :id AND name = :name AND ended_at IS NULL"""

_LAST_ACTIVE = "SELECT {now_seconds} - last_active FROM masters WHERE id = :id"

_REFRESH = "UPDATE masters SET last_active = {now_seconds} WHERE id = :id AND name = :name AND active = 1"

_REFRESH_AFTER = 60

_OVER = """
    SELECT h.masterid FROM heartbeats h
    WHERE h.ended_at < {now} - :age AND NOT EXISTS (
        SELECT 1 FROM changesource_masters l WHERE l.masterid = h.masterid)
    ORDER BY h.masterid LIMIT 1000"""

_LOCK_OVER = "SELECT id FROM masters WHERE id IN :ids AND active = 0 ORDER BY id {for_update}"

_HOLDERS = "SELECT DISTINCT masterid FROM changesource_masters WHERE masterid IN :ids"

_FORGET = "DELETE FROM masters WHERE id IN :ids"

_REMEMBERED = 24 * 3600 * 1000
"""Milliseconds for which a life that is over is kept."""


def join(session: Session, calls: Sequence[Joining], attempt: Attempt) -> list[int]:
    """
    Begin new lives, each active, with its first heartbeat; return their ids.
    """
    rows = [{"hash": hash_of(call.name), **_fields(call)} for call in calls]
    hashes = [hash_of(call.name) for call in calls]
    with session.transaction():
        session.count(_INSERT_MASTERS, rows=rows)
        session.count(_INSERT_HEARTBEATS, hashes=hashes)
        session.count(_INSERT_FACTS, rows=rows)
        ids: dict[str, int] = dict(session.rows(_IDS, hashes=hashes))
    return [ids[hash_] for hash_ in hashes]


def heartbeat(session: Session, calls: Sequence[Life], attempt: Attempt) -> list[bool]:
    """
    Prove that each life goes on; False for one that has ended, whose master must stop and join anew.
    """
    return [_beat(session, life) for life in calls]


def expire(session: Session, calls: Sequence[Life], attempt: Attempt) -> list[list[int] | None]:
    """
    End lives whose heartbeat stopped at the beat that the caller saw, and their claims with them.

    Returns for each the sources that became free, or None if the heartbeat had moved or the life was over.
    After a lost answer, a life that is over counts as ended by this call, with what the first try had found.
    """
    return _end(session, calls, "expired", attempt)


def leave(session: Session, calls: Sequence[Life], attempt: Attempt) -> list[list[int] | None]:
    """
    End one's own life, and what claims are left; return the sources that became free, or None if it was over.
    """
    return _end(session, calls, "released", attempt)


def forget(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[int]]:
    """
    Delete the rows of lives that were over a day ago and hold nothing, at most a thousand; return their ids.

    That they hold nothing is read anew under the lock of their rows: deleting a master deletes its claims too.
    """
    over = [id_ for (id_,) in session.rows(_OVER, age=_REMEMBERED)]
    if not over:
        return [[] for _ in calls]
    with session.transaction():
        session.rows(LOCK_LIVES, ids=over)
        locked = {id_ for (id_,) in session.rows(_LOCK_OVER, ids=over)}
        gone = sorted(locked - {id_ for (id_,) in session.rows(_HOLDERS, ids=over)})
        if gone:
            session.count(_FORGET, ids=gone)
    # One of those that asked together is told: each row was deleted once.
    return [gone, *([] for _ in calls[1:])]


def _end(session: Session, calls: Sequence[Life], why: Why, attempt: Attempt) -> list[list[int] | None]:
    """
    End lives, with the first thousand claims in the same transaction, then the rest in slices.

    A holder of a hundred thousand could not be ended at all otherwise: that takes longer than a transaction may.
    Whoever stops half-way leaves claims to an inactive master, which do no harm, and which the sweep ends.
    """
    freed: dict[int, set[int]] = attempt.memory

    def note(ended: dict[int, int]) -> None:
        for source, holder in ended.items():
            freed[holder].add(source)

    with session.transaction():
        found = {row[0]: row[1:] for row in session.rows(LOCK_LIVES, ids=sorted(life.id for life in calls))}
        ended = sorted(life.id for life in calls if life.id in found and _still_is(life, *found[life.id]))
        if ended:
            freed.update({id_: set() for id_ in ended})
            session.count(END_LIVES, ids=ended)
            session.count(DEACTIVATE, ids=ended)
            note(end_slice_of(session, ended, why))
    over = {id_ for id_, (_, _, ended_at) in found.items() if ended_at is not None and attempt.again and id_ in freed}
    ours = over.union(ended)
    end_left_by(session, sorted(life.id for life in calls if life.id in ours and not life.is_swept), why, note)
    return [sorted(freed[life.id]) if life.id in ours else None for life in calls]


def _still_is(life: Life, name: str, beat: int, ended_at: int | None) -> bool:
    return ended_at is None and life.name in {None, name} and life.beat in {None, beat}


def _beat(session: Session, life: Life) -> bool:
    if not session.count(_BEAT, id=life.id, name=life.name, shares=life.shares):
        return False
    # For those who read Buildbot's column. The row of the master is left alone as a rule: on InnoDB every
    # claim locks it through its foreign key, and a beat must not wait for that.
    rows = session.rows(_LAST_ACTIVE, id=life.id)
    if rows and rows[0][0] >= _REFRESH_AFTER:
        session.count(_REFRESH, id=life.id, name=life.name)
    return True


def _fields(call: Joining) -> dict[str, object]:
    return {
        "name": call.name,
        "given_name": call.given_name,
        "host": call.host,
        "pid": call.pid,
        "version": call.version,
        "machine": call.machine,
    }
