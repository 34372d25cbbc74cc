"""A program that uses the tables with SQL of its own, as Buildbot does, on a connection of its own."""

from __future__ import annotations

import random
import time
from typing import Any

from sqlalchemy import TextClause, create_engine, text
from sqlalchemy.exc import OperationalError

_SET_ACTIVE = text("UPDATE masters SET active = :active WHERE id = :master")

_HELD_BY = text(
    "SELECT l.changesourceid, h.id FROM changesource_masters l"
    " LEFT JOIN claim_history h ON h.open_source = l.changesourceid WHERE l.masterid = :master"
)

_CLAIMS = text("SELECT changesourceid, masterid FROM changesource_masters")

_HISTORY = text("SELECT id, changesourceid, masterid, open_source, why FROM claim_history")


class Outsider:
    """
    One connection on which every statement commits by itself.
    """

    def __init__(self, url: str) -> None:
        self._is_sqlite = url.startswith("sqlite")
        # Its built-in way of waiting for a lock starves now and then; here nobody may.
        arguments = {"timeout": 0} if self._is_sqlite else {}
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args=arguments)
        self._connection = self._engine.connect()

    def close(self) -> None:
        """
        Close the connection.
        """
        self._connection.close()
        self._engine.dispose()

    def set_active(self, master: int, *, active: bool) -> None:
        """
        Mark a master; its claims stay as they are.
        """
        self._run(_SET_ACTIVE, master=master, active=int(active))

    def held_by(self, master: int) -> dict[int, int]:
        """
        Return the sources that a master holds now, each with the token of its claim.
        """
        return dict(self._run(_HELD_BY, master=master))

    def claims(self) -> dict[int, int]:
        """
        Return the holder of each source that is claimed.
        """
        return dict(self._run(_CLAIMS))

    def history(self) -> list[Any]:
        """
        Return every row of the claims' history: token, source, master, open source, why it ended.
        """
        return self._run(_HISTORY)

    def _run(self, statement: TextClause, **values: int) -> list[Any]:
        while True:
            try:
                result = self._connection.execute(statement, values)
                return list(result.all()) if result.returns_rows else []
            except OperationalError as error:
                if not self._is_sqlite or "locked" not in str(error):
                    raise
            time.sleep(random.random() / 1000)
