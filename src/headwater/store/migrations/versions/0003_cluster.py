"""What a master says with its heartbeat, which claims of it were ended, and who is to hold nothing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"

LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")

OPTIONS: dict[str, Any] = {
    f"{database}_{option}": value
    for database in ("mysql", "mariadb")
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def upgrade() -> None:
    """
    Add the columns, and make the table of drains.
    """
    _add("heartbeats", sa.Column("shares", LONG_TEXT))
    _add("master_facts", sa.Column("claims_version", sa.Integer(), nullable=False, server_default="0"))
    _add("master_facts", sa.Column("machine", sa.String(length=128)))
    op.create_table(
        "drains",
        sa.Column("name_hash", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name_hash"),
        if_not_exists=True,
        **OPTIONS,
    )


def _add(table: str, column: sa.Column[Any]) -> None:
    # MariaDB commits each step by itself: an upgrade that was stopped in the middle is run again.
    there = {found["name"] for found in sa.inspect(op.get_bind()).get_columns(table)}
    if column.name not in there:
        op.add_column(table, column)
