"""Which check it is that tells everything again from a commit on, so that others beside it do not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """
    Add the column; what is to be told from a commit on belongs to the newest check.
    """
    there = {found["name"] for found in sa.inspect(op.get_bind()).get_columns("source_settings")}
    # MariaDB commits each step by itself: an upgrade that was stopped in the middle is run again.
    if "check_from_number" not in there:
        op.add_column(
            "source_settings", sa.Column("check_from_number", sa.Integer(), nullable=False, server_default="0")
        )
    op.execute("UPDATE source_settings SET check_from_number = checks_wanted WHERE check_from IS NOT NULL")
