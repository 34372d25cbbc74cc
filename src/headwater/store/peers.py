"""What masters tell each other: who lives, what each of them holds, who is to hold nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from headwater.store.arguments import hash_of
from headwater.store.lives import Life
from headwater.store.settings import from_row
from headwater.values import Peer, Share, Source, Watched

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_PEERS = """
    SELECT h.masterid, h.name, f.given_name, h.beat, h.shares, f.claims_version, f.host, f.pid, f.machine
    FROM heartbeats h JOIN master_facts f ON f.masterid = h.masterid
    WHERE h.ended_at IS NULL ORDER BY h.masterid"""

_DRAINS = "SELECT name FROM drains"

_DRAIN = """
    INSERT INTO drains (name_hash, name, since)
    SELECT g.hash, g.name, {now} FROM {given: hash text, name text} AS g WHERE 1 = 1
    {or_keep: drains.name_hash}"""

_UNDRAIN = "DELETE FROM drains WHERE name_hash IN :hashes"

# The page is cut before anything is joined to it: without statistics PostgreSQL would join all for each page.
_HELD = """
    SELECT l.changesourceid, h.id, h.master_name, s.name, w.kind, w.url, w.host, w.options
    FROM (
        SELECT changesourceid FROM changesource_masters
        WHERE masterid = :master AND changesourceid > :after ORDER BY changesourceid LIMIT :page) AS l
    JOIN changesources s ON s.id = l.changesourceid
    LEFT JOIN claim_history h ON h.open_source = l.changesourceid
    LEFT JOIN source_settings w ON w.changesourceid = l.changesourceid
    ORDER BY l.changesourceid"""

# Of sources that this host could run.
_WITH_HOLDERS = """
    SELECT s.id, s.name, l.masterid FROM changesource_masters l
    JOIN changesources s ON s.id = l.changesourceid
    JOIN source_settings w ON w.changesourceid = l.changesourceid
    WHERE {which} AND (w.host IS NULL OR w.host = :host)"""

_AMONG = _WITH_HOLDERS.replace("{which}", "l.changesourceid IN :ids")

_SOME_OF = _WITH_HOLDERS.replace("{which}", "l.masterid IN :ids") + " LIMIT 1000"

_PAGE = 5_000

_shares = msgspec.json.Decoder(dict[str, Share])


class Held(msgspec.Struct, frozen=True):
    """
    A claim that a master has, as the database has it.
    """

    source: int
    token: int
    watched: Watched | None
    """None for a source without settings."""


def peers(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[Peer]]:
    """
    Return the masters whose life goes on, in the order of their ids.
    """
    drained = {name for (name,) in session.rows(_DRAINS)}
    found = [_peer(row, drained) for row in session.rows(_PEERS)]
    return [found for _ in calls]


def held(session: Session, calls: Sequence[Life], attempt: Attempt) -> list[list[Held]]:
    """
    Return the claims of each master, the oldest first.
    """
    return [_all_held(session, life) for life in calls]


def among(session: Session, calls: Sequence[tuple[tuple[int, ...], str]], attempt: Attempt) -> list[list[Source]]:
    """
    Return those of some sources that a host could run and somebody holds.
    """
    return [_sources(session, _AMONG, ids, host) for ids, host in calls]


def some_of(session: Session, calls: Sequence[tuple[tuple[int, ...], str]], attempt: Attempt) -> list[list[Source]]:
    """
    Return sources that a host could run and some masters hold, a thousand at the most.
    """
    return [_sources(session, _SOME_OF, ids, host) for ids, host in calls]


def drain(session: Session, calls: Sequence[tuple[str, bool]], attempt: Attempt) -> list[None]:
    """
    Have masters of a given name hold nothing from now on, or again what is their share.
    """
    wanted = dict(calls)
    if on := [{"hash": hash_of(name), "name": name} for name, is_draining in wanted.items() if is_draining]:
        session.count(_DRAIN, rows=on)
    if off := [hash_of(name) for name, is_draining in wanted.items() if not is_draining]:
        session.count(_UNDRAIN, hashes=off)
    session.wake_others()
    return [None for _ in calls]


def as_text(shares: Mapping[str, Share]) -> str:
    """
    Return shares as a heartbeat writes them.
    """
    return msgspec.json.encode(shares).decode()


def _sources(session: Session, statement: str, ids: tuple[int, ...], host: str) -> list[Source]:
    rows = session.rows(statement, ids=list(ids), host=host)
    return [Source(id=id_, name=name, holder=holder) for id_, name, holder in rows]


def _peer(row: Sequence[Any], drained: set[str]) -> Peer:
    id_, name, given_name, beat, shares, claims_version, host, pid, machine = row
    return Peer(
        id=id_,
        name=name,
        given_name=given_name,
        beat=beat,
        shares={} if shares is None else _shares.decode(shares),
        claims_version=claims_version,
        is_draining=given_name in drained,
        host=host,
        pid=pid,
        machine=machine,
    )


def _all_held(session: Session, life: Life) -> list[Held]:
    found: list[Held] = []
    after = 0
    while page := session.rows(_HELD, master=life.id, after=after, page=_PAGE):
        after = page[-1][0]
        found += [_held(life, row) for row in page if row[2] == life.name]
    return sorted(found, key=lambda held: held.token)


def _held(life: Life, row: Sequence[Any]) -> Held:
    id_, token, _, name, kind, *columns = row
    watched = None if kind is None else Watched(id=id_, name=name, settings=from_row(kind, *columns), holder=life.id)
    return Held(id_, token, watched)
