"""The leases of Buildbot masters: who beats, and whose change sources are freed when a heartbeat has stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headwater.errors import UnknownMasterError
from headwater.store.arguments import hash_of
from headwater.store.lives import Joining, Life
from headwater.store.notedclaims import note_end
from headwater.store.overview import Attendance
from headwater.store.release import end_all_of
from headwater.values import Master, Peer

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_FIND = "SELECT id FROM masters WHERE name_hash IN :hashes"

_FORGET = "DELETE FROM headwater_leases WHERE masterid = :id"

_INSERT = """
    INSERT INTO headwater_leases (
        masterid, name, beat, beat_at, last_active, joined_at, host, pid, version, machine)
    SELECT m.id, g.name, 1, {now}, m.last_active, {now}, g.host, g.pid, g.version, g.machine
    FROM {given: id int, name text, host text, pid int, version text, machine text} AS g
    JOIN masters m ON m.id = g.id"""

# Together with when Buildbot's own heartbeat was last written: see `_LOCK_MASTER`.
_BEAT = """
    UPDATE headwater_leases SET beat = beat + 1, beat_at = {now},
        last_active = (SELECT m.last_active FROM masters m WHERE m.id = :id)
    WHERE masterid = :id AND name = :name AND ended_at IS NULL"""

_PEERS = """
    SELECT l.masterid, l.name, m.name, l.beat, l.host, l.pid, l.machine
    FROM headwater_leases l JOIN masters m ON m.id = l.masterid
    WHERE l.ended_at IS NULL ORDER BY l.masterid"""

_LOCK = "SELECT name, beat, last_active, ended_at FROM headwater_leases WHERE masterid = :id {for_update}"

_LOCK_MASTER = "SELECT active, last_active FROM masters WHERE id = :id {for_share}"

_END = "UPDATE headwater_leases SET ended_at = {now} WHERE masterid = :id"

# It says no more when Buildbot marked the master active, so that nobody takes its silence for a death.
_LEAVE = "UPDATE headwater_leases SET ended_at = {now}, last_active = 0 WHERE masterid = :id"

# The lease of a master that was marked active past it tells nothing of that master: see `_LOCK_MASTER`.
_MASTERS = """
    SELECT m.id, m.name, m.active, m.last_active, l.host, l.pid, l.version, l.beat, {now} - l.beat_at, l.machine
    FROM masters m LEFT JOIN headwater_leases l ON l.masterid = m.id AND l.last_active = m.last_active"""

_JOINED = """
    SELECT l.masterid, l.joined_at
    FROM headwater_leases l JOIN masters m ON m.id = l.masterid AND m.last_active = l.last_active"""


def join(session: Session, calls: Sequence[Joining], attempt: Attempt) -> list[int | UnknownMasterError]:
    """
    Begin a new lease of the master with each given name; return the masters' ids.
    """
    return [_join(session, call) for call in calls]


def heartbeat(session: Session, calls: Sequence[Life], attempt: Attempt) -> list[bool]:
    """
    Prove that each lease goes on; False for one that has ended.
    """
    return [bool(session.count(_BEAT, id=life.id, name=life.name)) for life in calls]


def peers(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[Peer]]:
    """
    Return the masters whose lease goes on, in the order of their ids.
    """
    found = [_peer(row) for row in session.rows(_PEERS)]
    return [found for _ in calls]


def expire(session: Session, calls: Sequence[Life], attempt: Attempt) -> list[list[int] | None]:
    """
    End leases whose heartbeat stopped at the beat that the caller saw, and the claims of these masters.

    The masters stay active: what else belongs to the end of one is Buildbot's. Returns for each the sources that
    became free, or None if it was not ended.
    """
    return [_expire(session, life, attempt) for life in calls]


def leave(session: Session, calls: Sequence[Life], attempt: Attempt) -> list[list[int] | None]:
    """
    End one's own lease, and no claims: without the plugin, the master's sources may go on.
    """
    return [_leave(session, life) for life in calls]


def expire_noting(session: Session, calls: Sequence[Life], attempt: Attempt) -> list[list[int] | None]:
    """
    End leases as `expire` does, and note in the history which claims that ended.
    """
    freed = expire(session, calls, attempt)
    for life, ids in zip(calls, freed, strict=True):
        if ids:
            note_end(session, life.id, "expired")
    return freed


def leave_noting(session: Session, calls: Sequence[Life], attempt: Attempt) -> list[list[int] | None]:
    """
    End one's own lease as `leave` does, and note in the history which claims were released before.
    """
    left = leave(session, calls, attempt)
    for life in calls:
        note_end(session, life.id, "released")
    return left


def get(session: Session, calls: Sequence[int], attempt: Attempt) -> list[Master | None]:
    """
    Return each master with what its lease tells, or None where there is none with this id.
    """
    rows = session.rows(_MASTERS + " WHERE m.id IN :ids", ids=sorted(set(calls)))
    masters = {row[0]: _master(row) for row in rows}
    return [masters.get(id_) for id_ in calls]


def list_(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[Master]]:
    """
    Return all masters with what their leases tell, the inactive too, in the order of their ids.
    """
    masters = [_master(row) for row in session.rows(_MASTERS + " ORDER BY m.id")]
    return [masters for _ in calls]


def attendance(session: Session, calls: Sequence[None], attempt: Attempt) -> list[Attendance]:
    """
    Return when every master got its lease; none of Buildbot's drains.
    """
    joined: dict[int, int] = dict(session.rows(_JOINED))
    return [Attendance(joined, {}) for _ in calls]


def nothing(session: Session, calls: Sequence[Any], attempt: Attempt) -> list[list[Any]]:
    """
    Return nothing: what a master of Headwater's own has, and one of Buildbot's has not.
    """
    return [[] for _ in calls]


def _join(session: Session, call: Joining) -> int | UnknownMasterError:
    with session.transaction():
        ids: list[int] = [id_ for (id_,) in session.rows(_FIND, hashes=[hash_of(call.given_name)])]
        for id_ in ids:
            row = {"id": id_, "name": call.name, "host": call.host, "pid": call.pid}
            row |= {"version": call.version, "machine": call.machine}
            session.count(_FORGET, id=id_)
            session.count(_INSERT, rows=[row])
    return ids[0] if ids else UnknownMasterError(0)


def _expire(session: Session, life: Life, attempt: Attempt) -> list[int] | None:
    with session.transaction():
        seen = session.rows(_LOCK, id=life.id)
        if not seen or seen[0][0] != life.name:
            return None
        _, beat, last_active, ended_at = seen[0]
        if ended_at is not None or beat != life.beat:
            return [] if ended_at is not None and attempt.again else None
        active, marked_at = (session.rows(_LOCK_MASTER, id=life.id) or [(0, None)])[0]
        if active and marked_at != last_active:
            # Somebody has marked it active past its lease: it runs again, without the plugin.
            return None
        session.count(_END, id=life.id)
        freed = end_all_of(session, [life.id], "expired") if active else []
        session.wake_others()
    return freed


def _leave(session: Session, life: Life) -> list[int] | None:
    with session.transaction():
        seen = session.rows(_LOCK, id=life.id)
        if not seen or seen[0][0] != life.name or seen[0][3] is not None:
            return None
        session.count(_LEAVE, id=life.id)
    return []


def _master(row: Sequence[Any]) -> Master:
    id_, name, active, last_active, host, pid, version, beat, silent_ms, machine = row
    return Master(
        id=id_,
        name=name,
        active=bool(active),
        last_active=last_active,
        host=host,
        pid=pid,
        version=version,
        beat=beat,
        silent_ms=silent_ms,
        machine=machine,
    )


def _peer(row: Sequence[Any]) -> Peer:
    id_, name, given_name, beat, host, pid, machine = row
    return Peer(id=id_, name=name, given_name=given_name, beat=beat, host=host, pid=pid, machine=machine)
