"""What a claim leaves behind: a row of history and a token in Headwater's own database, nothing on Buildbot's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from headwater.store.dialect import Dialect

Why = Literal["released", "handed over", "expired", "taken over", "forced", "paused", "removed", "unknown"]


class Opened(NamedTuple):
    """
    An open row of history.
    """

    token: int | None = None
    holder: str | None = None

    def is_of(self, token: int | None, holder: str | None) -> bool:
        """
        Tell whether it is the claim with this token, of a master of this name; None is any name.

        The name counts too, for a database that fails over and loses its tail gives ids and tokens out again.
        """
        return self.token == token and (None in {holder, self.holder} or self.holder == holder)


class Begun(NamedTuple):
    """
    Claims that have just begun.
    """

    tokens: dict[int, int]
    watched: int
    """How many of their sources have settings and are not paused."""


class Statements(Protocol):
    """
    What a recorder needs of a session.
    """

    dialect: Dialect

    def rows(self, template: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """
        Run a statement and return its rows.
        """

    def count(self, template: str, /, **values: Any) -> int:
        """
        Run a statement and return how many rows it found.
        """

    def wake_others(self) -> None:
        """
        Have the other masters look as soon as this is committed, where the database can tell them.
        """


class Recorder(Protocol):
    """
    Told of every claim that begins or ends, in the transaction in which it does, after the claim's row is locked.
    """

    has_tokens: bool

    def begin(self, session: Statements, ids: list[int]) -> Begun:
        """
        Note that these sources have just been claimed; return the token of each.
        """

    def end(self, session: Statements, ids: list[int], why: Why) -> None:
        """
        Note that the claims of these sources have just ended.
        """

    def opened(self, session: Statements, ids: Iterable[int]) -> dict[int, Opened]:
        """
        Return the tokens of the claims that are open, and the names of their holders.
        """


class NoHistory:
    """
    Buildbot's database: nothing of ours is there, so there are no tokens.
    """

    has_tokens = False

    def begin(self, session: Statements, ids: list[int]) -> Begun:
        return Begun({}, 0)

    def end(self, session: Statements, ids: list[int], why: Why) -> None:
        pass

    def opened(self, session: Statements, ids: Iterable[int]) -> dict[int, Opened]:
        return {}


class Telling(NoHistory):
    """
    Buildbot's database as a plugin inside Buildbot sees it: nothing is kept, but the other masters are told.
    """

    def end(self, session: Statements, ids: list[int], why: Why) -> None:
        if why != "taken over":
            session.wake_others()


_CLOSE = "UPDATE claim_history SET until = {now}, why = :why WHERE open_source IN :ids"

# Drawn after the claim is won and while its row is locked, so the tokens of one source only grow.
_OPEN = """
    INSERT INTO claim_history (changesourceid, masterid, master_name, since)
    SELECT l.changesourceid, l.masterid, m.name, {now}
    FROM changesource_masters l JOIN masters m ON m.id = l.masterid
    WHERE l.changesourceid IN :ids ORDER BY l.changesourceid"""

_OPENED = "SELECT open_source, id, master_name FROM claim_history WHERE open_source IN :ids"

_HOLDERS = "SELECT DISTINCT masterid FROM claim_history WHERE open_source IN :ids"

# Tells a master that claims of it have ended, whoever ended them.
_TELL_HOLDERS = "UPDATE master_facts SET claims_version = claims_version + 1 WHERE masterid IN :masters"

_TAKEN = "UPDATE source_settings SET claimable_at = NULL WHERE changesourceid IN :ids AND paused_at IS NULL"

_CLAIMABLE = """
    UPDATE source_settings SET claimable_at = {now} + :delay WHERE changesourceid IN :ids AND paused_at IS NULL"""

_NOTICE = 4_000
"""
Milliseconds that a holder is given to notice that its claim was ended by force: two of the usual heartbeats.

Fixed, for who ends claims by force does not know the times of the cluster, and no safety hangs on it: what the holder
records is refused from that moment on. It only keeps two polls from running side by side, and not even that where
heartbeats are longer or the holder cannot reach the database.
"""


class History:
    """
    Headwater's own database: one row per claim, its id the fencing token, and when each source became free.
    """

    has_tokens = True

    def begin(self, session: Statements, ids: list[int]) -> Begun:
        # Open rows are left where somebody deleted a claim by hand; the new claim closes them.
        session.count(_CLOSE, ids=ids, why="unknown")
        if session.dialect.returning:
            tokens = dict(session.rows(_OPEN + " RETURNING changesourceid, id", ids=ids))
        else:
            session.count(_OPEN, ids=ids)
            tokens = {id_: token for id_, token, _ in session.rows(_OPENED, ids=ids)}
        # The rows stay locked: who pauses one waits, and then sees its claim.
        return Begun(tokens, session.count(_TAKEN, ids=ids))

    def end(self, session: Statements, ids: list[int], why: Why) -> None:
        holders = [id_ for (id_,) in session.rows(_HOLDERS, ids=ids)]
        session.count(_CLOSE, ids=ids, why=why)
        session.count(_CLAIMABLE, ids=ids, delay=_NOTICE if why == "forced" else 0)
        if holders:
            session.count(_TELL_HOLDERS, masters=sorted(holders))
        if why != "taken over":
            session.wake_others()

    def opened(self, session: Statements, ids: Iterable[int]) -> dict[int, Opened]:
        return {id_: Opened(token, name) for id_, token, name in session.rows(_OPENED, ids=list(ids))}
