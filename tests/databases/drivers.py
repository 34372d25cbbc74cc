"""The URL of a database as another program wants it: Buildbot takes SQLAlchemy's default driver for PostgreSQL."""

from __future__ import annotations

from sqlalchemy import make_url


def for_buildbot(url: str, driver: str | None = None) -> str:
    """
    Return a URL with the driver in it.

    Args:
        url: as the servers of the tests give it.
        driver: another one than the one that Headwater chooses, such as ``psycopg2``.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername=f"postgresql+{driver or 'psycopg'}")
    return parsed.render_as_string(hide_password=False)
