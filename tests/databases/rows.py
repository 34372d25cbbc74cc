"""What tables there are in a database, whoever made them."""

from __future__ import annotations

from sqlalchemy import NullPool, create_engine, inspect


def tables_of(url: str) -> set[str]:
    """
    Return the names of all tables and indexes in a database.
    """
    inspector = inspect(create_engine(url, poolclass=NullPool))
    names = inspector.get_table_names()
    return set(names) | {str(index["name"]) for name in names for index in inspector.get_indexes(name)}
