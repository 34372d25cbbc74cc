"""Headwater's feed told by hand, Buildbot masters that follow it, and what they have made of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from headwater import Commit, Move, Settings, Store
from headwater.values import Fence
from tests.buildbot.masters import Config
from tests.buildbot.scenes import awaited
from tests.conformance.commits import commit
from tests.conformance.rows import run

_FOLLOWING = """
from buildbot.plugins import changes
c["change_source"] = [changes.Headwater({feed!r}, {settings})]
"""

_BUILDING = """
from buildbot.plugins import schedulers, util, worker
c["protocols"] = {"pb": {"port": "tcp:0:interface=127.0.0.1"}}
c["workers"] = [worker.Worker("w", "password")]
c["builders"] = [util.BuilderConfig(
    name="b", workernames=["w"], factory=util.BuildFactory(), collapseRequests=False)]
c["schedulers"] = [schedulers.AnyBranchScheduler(name="any", builderNames=["b"])]
"""

# Nothing refers to a table that stands before the referring one.
_TABLES = (
    "buildrequests",
    "buildset_properties",
    "buildset_sourcestamps",
    "buildsets",
    "scheduler_changes",
    "change_properties",
    "change_users",
    "change_files",
    "changes",
    "sourcestamps",
    "users_info",
    "users",
    "object_state",
    "objects",
    "scheduler_masters",
    "builder_masters",
    "changesource_masters",
    "changesources",
    "masters",
)

_PATIENCE = 90.0
"""Seconds for changes that come one by one on a machine that does something else."""

WITHOUT_TRANSACTIONS = ("changes", "change_properties", "object_state")


class Added(NamedTuple):
    """
    A change in Buildbot.
    """

    marker: str
    repository: str
    branch: str
    revision: str


class Teller:
    """
    A master of Headwater's that records what it is told to.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._master = store.join("teller")
        self._fences: dict[str, Fence] = {}
        self._tips: dict[tuple[str, str], str] = {}
        self._moves = 0

    def push(self, source: str, ref: str, commits: Sequence[Commit | str]) -> list[Commit]:
        """
        Record that commits were pushed, in one change.
        """
        brought = [commit(f"{source} {ref} {one}") if isinstance(one, str) else one for one in commits]
        self.move(source, ref, brought[-1].oid, brought)
        return brought

    def move(self, source: str, ref: str, after: str | None, commits: Sequence[Commit] = ()) -> None:
        """
        Record that a ref was moved.
        """
        fence = self._fences.get(source) or self._begin(source)
        self._moves += 1
        self._store.stage(fence, self._moves, 0, commits)
        moved = Move(ref=ref, before=self._tips.get((source, ref)), after=after)
        self._store.record(fence, self._moves, moved, len(commits))
        if after is None:
            del self._tips[source, ref]
        else:
            self._tips[source, ref] = after

    def _begin(self, source: str) -> Fence:
        (id_,) = self._store.register([source]).values()
        self._store.configure(id_, Settings(kind="git", url=url_of(source)))
        token = self._store.claim([id_], self._master)[id_]
        assert token is not None
        fence = Fence(source=id_, master=self._master.id, token=token, name=self._master.name)
        self._store.baseline(fence, {})
        self._fences[source] = fence
        return fence


def url_of(source: str) -> str:
    """
    Return where a source of these tests is.
    """
    return f"https://git.example/{source}.git"


def following(
    buildbot: str, feed: str, settings: str = "after=0", *, line: str | None = None, builds: bool = True
) -> Config:
    """
    Return the configuration of a Buildbot master that follows a feed, and wants to build every change.
    """
    more = _FOLLOWING.format(feed=feed, settings=f"pollInterval=0.1, {settings}")
    return Config(url=buildbot, sources=0, more=more + (_BUILDING if builds else ""), line=line)


def added(url: str) -> list[Added]:
    """
    Return the changes in Buildbot in the order in which they were added.
    """
    rows = run(
        url,
        "SELECT p.property_value, c.repository, c.branch, c.revision FROM changes c"
        " JOIN change_properties p ON p.changeid = c.changeid AND p.property_name = 'headwater' ORDER BY c.changeid",
    )
    return [Added(json.loads(str(marker))[0], *map(str, rest)) for marker, *rest in rows]


def revisions(url: str) -> list[str]:
    """
    Return the revisions of the changes in Buildbot in the order in which they were added.
    """
    return [change.revision for change in added(url)]


def await_changes(url: str, count: int) -> None:
    """
    Wait until Buildbot has so many changes.
    """
    awaited(lambda: _count(url, "changes") >= count or None, f"{count} changes", _PATIENCE)


def requests_for(url: str) -> list[tuple[str, int]]:
    """
    Return the revision of every change, and how many build requests there are for it.
    """
    rows = run(
        url,
        "SELECT c.changeid, c.revision, COUNT(r.id) FROM changes c"
        " LEFT JOIN buildset_sourcestamps s ON s.sourcestampid = c.sourcestampid"
        " LEFT JOIN buildrequests r ON r.buildsetid = s.buildsetid"
        " GROUP BY c.changeid, c.revision ORDER BY c.changeid",
    )
    return [(str(revision), int(str(count))) for _, revision, count in rows]


def clean(url: str) -> None:
    """
    Empty the tables of Buildbot that these masters have written into.
    """
    run(url, *(f"DELETE FROM {name}" for name in _TABLES))


def _count(url: str, table: str) -> int:
    return int(str(run(url, f"SELECT COUNT(*) FROM {table}")[0][0]))
