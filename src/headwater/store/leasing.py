"""Three tables of the plugin's in Buildbot's database, and what verbs for Headwater's own do there instead."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Table, Text, inspect

from headwater.errors import SchemaError
from headwater.identity import headwater_version, host, machine, name_of_a_life
from headwater.store import clustering, leases, notedclaims, notes, questions, verbs, watching
from headwater.store.engine import parse, shown, watchdog_for
from headwater.store.lives import Joining
from headwater.store.performer import Verb
from headwater.store.requests import Limits, Part, Request, only, ours
from headwater.store.schema import Kind
from headwater.store.setup import ensure, opened
from headwater.values import Master

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from headwater.store.dialect import Dialect

_metadata = MetaData()

_masters = Table("masters", _metadata, Column("id", Integer, primary_key=True))

LEASES = Table(
    "headwater_leases",
    _metadata,
    Column("masterid", ForeignKey(_masters.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("beat_at", BigInteger, nullable=False),
    Column("last_active", Integer, nullable=False),
    Column("joined_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("host", Text),
    Column("pid", Integer),
    Column("version", String(40)),
    Column("machine", Text),
    mysql_engine="InnoDB",
    mariadb_engine="InnoDB",
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)
"""One row per Buildbot master: its life, its heartbeats, and when Buildbot last marked it active as that life knows."""

INSTEAD: Mapping[Verb, Verb] = {
    verbs.JOIN: Verb(leases.join, "writes"),
    verbs.HEARTBEAT: Verb(leases.heartbeat, "beats"),
    clustering.PEERS: Verb(leases.peers, "beats"),
    verbs.EXPIRE: Verb(leases.expire, "writes"),
    verbs.LEAVE: Verb(leases.leave, "writes"),
    clustering.HELD: Verb(leases.nothing, "reads"),
    verbs.FORGET: Verb(leases.nothing, "lists"),
    verbs.GET_MASTER: Verb(leases.get, "reads"),
    verbs.LIST_MASTERS: Verb(leases.list_, "lists"),
    questions.ATTENDANCE: Verb(leases.attendance, "lists"),
}
"""What a verb that is for Headwater's own database, or finds less in Buildbot's, does with a table of leases there;"""

WITH_NOTES: Mapping[Verb, Verb] = {
    notes.NOTE: notes.NOTE,
    questions.STANDINGS: Verb(notes.standings, "lists"),
    watching.CONDITIONS: Verb(notes.conditions, "lists"),
}
"""with one of notes;"""

WITH_HISTORY: Mapping[Verb, Verb] = {
    notes.NOTE: Verb(notedclaims.note, "records"),
    questions.STANDINGS: Verb(notedclaims.standings, "lists"),
    notedclaims.PAST: notedclaims.PAST,
    verbs.EXPIRE: Verb(leases.expire_noting, "writes"),
    verbs.LEAVE: Verb(leases.leave_noting, "writes"),
}
"""and with one of the history beside both."""

_TABLES = (notedclaims.HISTORY, notes.NOTES, LEASES)
"""The leases come last: masters wait for them, and then look for all."""


def instead_in(engine: Engine) -> Mapping[Verb, Verb]:
    """
    Return what verbs do instead in this database of Buildbot's: nothing if it has none of these tables.
    """
    with engine.connect() as connection:
        inspector = inspect(connection)
        there = {table.name for table in _TABLES if inspector.has_table(table.name)}
    return {
        **(INSTEAD if LEASES.name in there else {}),
        **(WITH_NOTES if notes.NOTES.name in there else {}),
        **(WITH_HISTORY if len(there) == len(_TABLES) else {}),
    }


def install(url: str) -> bool:
    """
    Make the tables in Buildbot's database; return whether one was not there.

    Raises:
        DatabaseError: the database cannot be used, or is not Buildbot's.
    """
    parsed = parse(url)
    watchdog = watchdog_for(parsed)
    try:
        engine, _, is_new = opened(parsed, watchdog, _install)
        engine.dispose()
    finally:
        if watchdog is not None:
            watchdog.close()
    return is_new


def join(limits: Limits, name: str) -> Request[Master]:
    """
    Begin a new lease for the Buildbot master of this name.
    """
    joining = Joining(
        name=name_of_a_life(name),
        given_name=name,
        host=host(),
        pid=os.getpid(),
        version=headwater_version(),
        machine=machine(),
    )
    request: Request[int] = Request(ours(limits, verbs.JOIN), [Part(joining)], only)
    return request.then(lambda id_: Master(id=id_, name=joining.name, active=True, last_active=0))


def _install(engine: Engine, dialect: Dialect) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table(_masters.name):
            raise SchemaError(shown(engine.url), "has no tables of Buildbot's: run `buildbot create-master` first")
    if ensure(engine, dialect) is not Kind.BUILDBOT:
        raise SchemaError(shown(engine.url), "is a database of Headwater's own: leases are for Buildbot's")
    with engine.connect() as connection:
        inspector = inspect(connection)
        missing = [table for table in _TABLES if not inspector.has_table(table.name)]
    for table in missing:
        table.create(engine, checkfirst=True)
    return bool(missing)
