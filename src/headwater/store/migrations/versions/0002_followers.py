"""Followers of the feed, each with the last change that it was done with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OPTIONS: dict[str, Any] = {
    f"{database}_{option}": value
    for database in ("mysql", "mariadb")
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def upgrade() -> None:
    """
    Make the table of followers.
    """
    op.create_table(
        "followers",
        sa.Column("name_hash", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name_hash"),
        # MariaDB commits each table by itself: an upgrade that was stopped here is run again.
        if_not_exists=True,
        **OPTIONS,
    )
