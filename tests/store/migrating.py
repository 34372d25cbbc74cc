"""Databases with the tables of an older version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine

from headwater.store import migrations


def migrate(url: str, version: str) -> None:
    """
    Make the tables as an older version had them.
    """
    with create_engine(url, poolclass=NullPool).connect() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
        command.upgrade(config, version)
        connection.commit()
