"""`buildbot create-master` on a database of any kind, and the tables that it makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import make_url

TABLES = ("changesource_masters", "changesources", "masters")

PLUGINS = ("headwater_leases", "headwater_sources", "headwater_history")
"""The plugin's own tables."""

BUILDBOT = Path(sys.executable).with_name("buildbot")


def create_master(url: str, folder: Path) -> None:
    """
    Let Buildbot make its tables in an empty database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    option = f"--db={parsed.render_as_string(hide_password=False)}"
    subprocess.run([BUILDBOT, "create-master", option, folder], check=True, capture_output=True)
