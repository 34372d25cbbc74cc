"""The schema, in SQLAlchemy Core: Buildbot's three tables as Buildbot has them, and Headwater's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Computed, ForeignKey, Index, Integer, MetaData, SmallInteger, String, Table
from sqlalchemy import Text as _Text
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import SchemaItem

metadata = MetaData()

# MariaDB and MySQL: a TEXT ends at 65,535 bytes, and a server's own default engine, character set and
# collation are not to be trusted (they may be MyISAM, latin1 and blind to case).
_MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
_MARIADB: dict[str, Any] = {name.replace("mysql_", "mariadb_"): value for name, value in _MYSQL.items()}

Name = _Text
Text = _Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
Hash = String(40)
Milliseconds = BigInteger
# SQLite counts up for life only on a column that is declared INTEGER.
Token = BigInteger().with_variant(Integer, "sqlite")


# SQLite would give the largest id out again once its row is gone; ids are for life.
_NEVER_AGAIN: dict[str, Any] = {"sqlite_autoincrement": True}


def _table(name: str, *items: SchemaItem, **options: Any) -> Table:
    return Table(name, metadata, *items, **options, **_MYSQL, **_MARIADB)


masters = _table(
    "masters",
    Column("id", Integer, primary_key=True),
    Column("name", Name, nullable=False),
    Column("name_hash", Hash, nullable=False),
    Column("active", Integer, nullable=False),
    Column("last_active", Integer, nullable=False),
    Index("master_name_hashes", "name_hash", unique=True),
    **_NEVER_AGAIN,
)

changesources = _table(
    "changesources",
    Column("id", Integer, primary_key=True),
    Column("name", Name, nullable=False),
    Column("name_hash", Hash, nullable=False),
    Index("changesource_name_hash", "name_hash", unique=True),
    **_NEVER_AGAIN,
)

# The one place that says who holds a source.
changesource_masters = _table(
    "changesource_masters",
    Column(
        "changesourceid",
        Integer,
        ForeignKey("changesources.id", name="changesource_masters_changesourceid", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column(
        "masterid",
        Integer,
        ForeignKey("masters.id", name="changesource_masters_masterid", ondelete="CASCADE"),
        nullable=False,
    ),
    Index("changesource_masters_masterid", "masterid"),
)

BUILDBOT = (masters, changesources, changesource_masters)

# One row per claim; its id is the fencing token. No foreign key: it outlives the masters that it names.
claim_history = _table(
    "claim_history",
    Column("id", Token, primary_key=True),
    Column("changesourceid", Integer, nullable=False),
    Column("masterid", Integer, nullable=False),
    Column("master_name", Name, nullable=False),
    Column("since", Milliseconds, nullable=False),
    Column("until", Milliseconds),
    Column("why", String(16)),
    # Unique where it is not NULL, on every database: a source has at most one open row.
    Column("open_source", Integer, Computed("CASE WHEN until IS NULL THEN changesourceid END", persisted=True)),
    Index("claim_history_open_source", "open_source", unique=True),
    Index("claim_history_source", "changesourceid", "id"),
    **_NEVER_AGAIN,
)

# One narrow row per life: all that a heartbeat writes, and what expiry compares and sets.
heartbeats = _table(
    "heartbeats",
    Column(
        "masterid",
        Integer,
        ForeignKey("masters.id", name="heartbeats_masterid", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("name", Name, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("beat_at", Milliseconds, nullable=False),
    Column("ended_at", Milliseconds),
    # What it holds of each group of sources, and asks for; JSON.
    Column("shares", Text),
)

master_facts = _table(
    "master_facts",
    Column(
        "masterid",
        Integer,
        ForeignKey("masters.id", name="master_facts_masterid", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("given_name", Name, nullable=False),
    Column("host", Name, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", String(64), nullable=False),
    Column("joined_at", Milliseconds, nullable=False),
    # Grows whenever claims of it are ended, so that it looks which.
    Column("claims_version", Integer, nullable=False, server_default="0"),
    # Where its pid means something.
    Column("machine", String(128)),
)

# Masters of these given names claim nothing and hand over what they have; a restart changes nothing about it.
drains = _table(
    "drains",
    Column("name_hash", Hash, primary_key=True),
    Column("name", Name, nullable=False),
    Column("since", Milliseconds, nullable=False),
)

# A source without a row here is known to the connector only, and never picked.
source_settings = _table(
    "source_settings",
    Column(
        "changesourceid",
        Integer,
        ForeignKey("changesources.id", name="source_settings_changesourceid", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("kind", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("host", Name),
    # NULL while claimed; absence of a claim cannot be indexed, this can.
    Column("claimable_at", Milliseconds),
    # When its refs were seen for the first time; from then on a move is a change.
    Column("baselined_at", Milliseconds),
    # Which refs the position speaks of: when the settings name others, that alone is no change.
    Column("selection", Text),
    # Everything of the settings that no statement looks into; JSON.
    Column("options", Text),
    # The number of the newest edit of it, so that masters find what was edited since they looked.
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("paused_at", Milliseconds),
    Column("paused_until", Milliseconds),
    Column("paused_why", Text),
    Column("paused_by", Text),
    # How many checks were asked for, from which commit on one of them is to tell everything, and which of them.
    Column("checks_wanted", Integer, nullable=False, server_default="0"),
    Column("check_from", Text),
    Column("check_from_number", Integer, nullable=False, server_default="0"),
    Index("source_settings_version", "version"),
    Index("source_settings_paused_until", "paused_until"),
    Index("source_settings_claimable_at", "claimable_at"),
)

# One row: the number of the newest edit of any settings, taken last, so that edits are numbered as they commit.
edits = _table(
    "edits",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)

# How the polls of each source go: one narrow row, written in place by its holder.
conditions = _table(
    "conditions",
    Column(
        "changesourceid",
        Integer,
        ForeignKey("changesources.id", name="conditions_changesourceid", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    # Of the claim under which it was written; an older one no longer says anything.
    Column("token", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Milliseconds, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("checked_at", Milliseconds),
    Column("succeeded_at", Milliseconds),
    Column("next_at", Milliseconds),
    Column("checks_done", Integer, nullable=False),
)

# The feed names sources that are there no more; their ids are never given out again.
removed_sources = _table(
    "removed_sources",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Name, nullable=False),
    Column("removed_at", Milliseconds, nullable=False),
    # Until when its changes and its history are kept.
    Column("kept_until", Milliseconds, nullable=False),
    Index("removed_sources_kept_until", "kept_until"),
)

positions = _table(
    "positions",
    Column("changesourceid", Integer, primary_key=True, autoincrement=False),
    Column("ref_hash", Hash, primary_key=True),
    Column("ref", Text, nullable=False),
    Column("oid", String(64), nullable=False),
)

# Commits are staged under source, token and move before the short transaction that records the move.
commits = _table(
    "commits",
    Column("changesourceid", Integer, primary_key=True, autoincrement=False),
    Column("token", BigInteger, primary_key=True, autoincrement=False),
    Column("move", Integer, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("oid", String(64), nullable=False),
    Column("parents", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("author_email", Text, nullable=False),
    Column("authored_at", BigInteger, nullable=False),
    Column("committer", Text, nullable=False),
    Column("committer_email", Text, nullable=False),
    Column("committed_at", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Column("lossy", SmallInteger, nullable=False, server_default="0"),
)

changes = _table(
    "changes",
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("changesourceid", Integer, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("move", Integer, nullable=False),
    Column("ref", Text, nullable=False),
    Column("before_oid", String(64)),
    Column("after_oid", String(64)),
    Column("forced", SmallInteger, nullable=False),
    Column("commit_count", Integer, nullable=False),
    Column("recorded_at", Milliseconds, nullable=False),
    Column("dropped", Integer, nullable=False, server_default="0"),
    Column("left_out", Integer, nullable=False, server_default="0"),
    Column("history_lost", SmallInteger, nullable=False, server_default="0"),
    Column("backfill", SmallInteger, nullable=False, server_default="0"),
    Index("changes_recorded_at", "changesourceid", "recorded_at"),
    Index("changes_move", "changesourceid", "token", "move", unique=True),
)

# Who reads the feed under a name, and the last change that it was done with.
followers = _table(
    "followers",
    Column("name_hash", Hash, primary_key=True),
    Column("name", Name, nullable=False),
    Column("number", BigInteger, nullable=False),
)

# One row: the number of the newest change. Taken last in a transaction, so numbers come in the order of commit.
feed = _table(
    "feed",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
