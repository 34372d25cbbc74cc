"""The first schema: Buildbot's three tables, and Headwater's own beside them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None

LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")

OPTIONS: dict[str, Any] = {
    f"{database}_{option}": value
    for database in ("mysql", "mariadb")
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}
NEVER_AGAIN: dict[str, Any] = {"sqlite_autoincrement": True}


def upgrade() -> None:
    """
    Make all tables, and the counter of the feed at 0.
    """
    op.create_table(
        "changes",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changesourceid", sa.Integer(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("move", sa.Integer(), nullable=False),
        sa.Column("ref", LONG_TEXT, nullable=False),
        sa.Column("before_oid", sa.String(length=64), nullable=True),
        sa.Column("after_oid", sa.String(length=64), nullable=True),
        sa.Column("forced", sa.SmallInteger(), nullable=False),
        sa.Column("commit_count", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        **OPTIONS,
    )
    op.create_index("changes_move", "changes", ["changesourceid", "token", "move"], unique=True)
    op.create_table(
        "changesources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_hash", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **NEVER_AGAIN,
        **OPTIONS,
    )
    op.create_index("changesource_name_hash", "changesources", ["name_hash"], unique=True)
    op.create_table(
        "claim_history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changesourceid", sa.Integer(), nullable=False),
        sa.Column("masterid", sa.Integer(), nullable=False),
        sa.Column("master_name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=16), nullable=True),
        sa.Column(
            "open_source",
            sa.Integer(),
            sa.Computed("CASE WHEN until IS NULL THEN changesourceid END", persisted=True),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id"),
        **NEVER_AGAIN,
        **OPTIONS,
    )
    op.create_index("claim_history_open_source", "claim_history", ["open_source"], unique=True)
    op.create_index("claim_history_source", "claim_history", ["changesourceid", "id"], unique=False)
    op.create_table(
        "commits",
        sa.Column("changesourceid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("move", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("oid", sa.String(length=64), nullable=False),
        sa.Column("parents", LONG_TEXT, nullable=False),
        sa.Column("author", LONG_TEXT, nullable=False),
        sa.Column("author_email", LONG_TEXT, nullable=False),
        sa.Column("authored_at", sa.BigInteger(), nullable=False),
        sa.Column("committer", LONG_TEXT, nullable=False),
        sa.Column("committer_email", LONG_TEXT, nullable=False),
        sa.Column("committed_at", sa.BigInteger(), nullable=False),
        sa.Column("message", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("changesourceid", "token", "move", "ordinal"),
        **OPTIONS,
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **OPTIONS,
    )
    op.create_table(
        "masters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_hash", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("last_active", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **NEVER_AGAIN,
        **OPTIONS,
    )
    op.create_index("master_name_hashes", "masters", ["name_hash"], unique=True)
    op.create_table(
        "positions",
        sa.Column("changesourceid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ref_hash", sa.String(length=40), nullable=False),
        sa.Column("ref", LONG_TEXT, nullable=False),
        sa.Column("oid", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("changesourceid", "ref_hash"),
        **OPTIONS,
    )
    op.create_table(
        "changesource_masters",
        sa.Column("changesourceid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("masterid", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changesourceid"], ["changesources.id"], name="changesource_masters_changesourceid", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["masterid"], ["masters.id"], name="changesource_masters_masterid", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("changesourceid"),
        **OPTIONS,
    )
    op.create_index("changesource_masters_masterid", "changesource_masters", ["masterid"], unique=False)
    op.create_table(
        "heartbeats",
        sa.Column("masterid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["masterid"], ["masters.id"], name="heartbeats_masterid", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("masterid"),
        **OPTIONS,
    )
    op.create_table(
        "master_facts",
        sa.Column("masterid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["masterid"], ["masters.id"], name="master_facts_masterid", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("masterid"),
        **OPTIONS,
    )
    op.create_table(
        "source_settings",
        sa.Column("changesourceid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("url", LONG_TEXT, nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("claimable_at", sa.BigInteger(), nullable=True),
        sa.Column("baselined_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changesourceid"], ["changesources.id"], name="source_settings_changesourceid", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("changesourceid"),
        **OPTIONS,
    )
    op.create_index("source_settings_claimable_at", "source_settings", ["claimable_at"], unique=False)
    op.execute("INSERT INTO feed (id, number) VALUES (1, 0)")
