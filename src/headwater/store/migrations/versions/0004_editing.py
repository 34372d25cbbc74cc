"""Settings that can be edited, sources that can be paused and removed, conditions, and what changes leave out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"

LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")

OPTIONS: dict[str, Any] = {
    f"{database}_{option}": value
    for database in ("mysql", "mariadb")
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def upgrade() -> None:
    """
    Add the columns with their indexes, make the tables, and the counter of edits at 0.
    """
    _add_to_settings()
    _add_to_changes()
    op.create_table(
        "edits",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
        **OPTIONS,
    )
    op.create_table(
        "conditions",
        sa.Column("changesourceid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", LONG_TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("succeeded_at", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("checks_done", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changesourceid"], ["changesources.id"], name="conditions_changesourceid", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("changesourceid"),
        if_not_exists=True,
        **OPTIONS,
    )
    op.create_table(
        "removed_sources",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=False),
        sa.Column("kept_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
        **OPTIONS,
    )
    _index("removed_sources_kept_until", "removed_sources", "kept_until")
    if op.get_bind().execute(sa.text("SELECT id FROM edits")).first() is None:
        op.execute("INSERT INTO edits (id, number) VALUES (1, 0)")


def _add_to_settings() -> None:
    for name in ("selection", "options"):
        _add("source_settings", sa.Column(name, LONG_TEXT))
    _add("source_settings", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    for name in ("paused_at", "paused_until"):
        _add("source_settings", sa.Column(name, sa.BigInteger()))
    for name in ("paused_why", "paused_by"):
        _add("source_settings", sa.Column(name, LONG_TEXT))
    _add("source_settings", sa.Column("checks_wanted", sa.Integer(), nullable=False, server_default="0"))
    _add("source_settings", sa.Column("check_from", LONG_TEXT))
    _index("source_settings_paused_until", "source_settings", "paused_until")
    _index("source_settings_version", "source_settings", "version")


def _add_to_changes() -> None:
    for name in ("dropped", "left_out"):
        _add("changes", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("history_lost", "backfill"):
        _add("changes", sa.Column(name, sa.SmallInteger(), nullable=False, server_default="0"))
    _add("commits", sa.Column("lossy", sa.SmallInteger(), nullable=False, server_default="0"))
    _index("changes_recorded_at", "changes", "changesourceid", "recorded_at")


def _add(table: str, column: sa.Column[Any]) -> None:
    # MariaDB commits each step by itself: an upgrade that was stopped in the middle is run again.
    there = {found["name"] for found in sa.inspect(op.get_bind()).get_columns(table)}
    if column.name not in there:
        op.add_column(table, column)


def _index(name: str, table: str, *columns: str) -> None:
    if name not in {found["name"] for found in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, list(columns))
