"""
The whole way, with everybody killed on it: ``python -m tests.buildbot.feed_trial [--database postgresql]``.

Commits are pushed into git repositories that ``headwater run`` watches, for a Buildbot that follows the feed and
builds every change. Meanwhile Buildbot's masters and Headwater's are killed again and again. At the end each commit
must be one Buildbot change, in the order of its branch, with one build request.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from time import monotonic, sleep

from headwater import Store
from headwater.store import leasing
from tests.acceptance.host import Host
from tests.acceptance.processes import Process
from tests.buildbot.createmaster import TABLES, create_master
from tests.buildbot.feeds import WITHOUT_TRANSACTIONS, added, following, requests_for
from tests.buildbot.masters import LINE, BuildMaster, masters
from tests.buildbot.scenes import awaited, start_all
from tests.conformance.rows import run
from tests.databases import KINDS
from tests.sources.repository import Repository

_LAG = """
from tests.buildbot.lag import Lag
c["services"] = [Lag(name="lag")]
"""

_BRANCHES = ("main", "dev")
_PATIENCE = 1200.0


class Pushes:
    """
    Commits that are pushed in the background, and what was pushed.
    """

    def __init__(self, repositories: Sequence[Repository], count: int, *, at_once: bool) -> None:
        self.pushed: dict[tuple[str, str], list[str]] = {}
        self.done = 0
        self._repositories = repositories
        self._count = count
        self._dice = random.Random(count)
        self._thread = threading.Thread(target=self._push_one if at_once else self._push_many)

    def start(self) -> None:
        """
        Begin.
        """
        self._thread.start()

    def wait(self) -> None:
        """
        Wait until all is pushed.
        """
        self._thread.join()

    def _push_one(self) -> None:
        repository = self._repositories[0]
        before = repository.git("rev-parse", "main")
        head = "commit refs/heads/main\ncommitter Bo <bo@example.org> 1700000060 +0000\ndata 1\n."
        commits = [f"{head}\n{f'from {before}' if number == 0 else ''}\n" for number in range(self._count)]
        repository.git("fast-import", "--quiet", given="".join(commits).encode())
        oids = repository.git("rev-list", "--reverse", f"{before}..main").split()
        self.pushed[repository.path.parent.name, "main"] = oids
        self.done = self._count

    def _push_many(self) -> None:
        while self.done < self._count:
            repository, branch = self._dice.choice(self._repositories), self._dice.choice(_BRANCHES)
            size = min(self._dice.choice([1, 2, 5, 20]), self._count - self.done)
            messages = [f"{branch} {number}" for number in range(self.done, self.done + size)]
            oids = repository.history(*messages, branch=branch)
            self.pushed.setdefault((repository.path.parent.name, branch), []).extend(oids)
            self.done += size


class Trial:
    """
    One Headwater and one Buildbot, and how they end.
    """

    def __init__(self, host: Host, those: list[BuildMaster], chosen: argparse.Namespace) -> None:
        self._host = host
        self._masters = those
        self._url = those[0].config.url
        self._commits: int = chosen.commits
        self._kills: int = chosen.kills
        self._at_once: bool = chosen.at_once
        self._made = [host.clone(f"repository{number}") for number in range(chosen.repositories)]
        for one in self._made:
            one.history("the branch", branch="dev")
        self.killed = Counter[str]()

    def run(self) -> tuple[Pushes, float]:
        """
        Push, kill, and wait until nothing more comes.
        """
        names = [one.path.parent.name for one in self._made]
        watching = self._watch(names)
        with Store(self._host.database) as store:
            awaited(lambda: self._seen(store, names) or None, "the first look at every repository", _PATIENCE)
        start_all(self._masters)
        self._masters[0].log.wait_for_line("follows Headwater's feed")
        pushes = Pushes(self._made, self._commits, at_once=self._at_once)
        began = monotonic()
        pushes.start()
        turn = cycle(range(len(self._masters)))
        for number in range(self._kills):
            self._wait_for((number + 1) * self._commits // (self._kills + 1))
            self._kill(self._masters[next(turn)])
            if number % 2 == 0:
                watching.kill()
                self.killed["Headwater"] += 1
                watching = self._watch(names)
        pushes.wait()
        self._wait_for(self._commits)
        sleep(5)  # in which one too many would come
        took = monotonic() - began
        watching.kill()
        for master in self._masters:
            master.stop()
        return pushes, took

    def _kill(self, master: BuildMaster) -> None:
        master.kill()
        self.killed["Buildbot"] += 1
        if len(self._masters) > 1:
            before = self._changes()
            awaited(lambda: self._changes() > before or None, "a change by the other master", _PATIENCE)
        start_all([master])

    def _watch(self, names: Sequence[str]) -> Process:
        return self._host.start("run", "--poll=2s", "--cache=cache", *names)

    def _seen(self, store: Store, names: Sequence[str]) -> bool:
        ids = store.find(names)
        return len(ids) == len(names) and all(store.position(id_) for id_ in ids.values())

    def _changes(self) -> int:
        return int(str(run(self._url, "SELECT COUNT(*) FROM changes")[0][0]))

    def _wait_for(self, count: int) -> None:
        awaited(lambda: self._changes() >= count or None, f"{count} changes", _PATIENCE)


def verdict(url: str, pushes: Pushes) -> dict[str, int]:
    """
    Compare what was pushed with what Buildbot has.
    """
    came: dict[tuple[str, str], list[str]] = {}
    for change in added(url):
        came.setdefault((Path(change.repository).name, change.branch), []).append(change.revision)
    wanted = Counter((key, oid) for key, oids in pushes.pushed.items() for oid in oids)
    got = Counter((key, oid) for key, oids in came.items() for oid in oids)
    return {
        "commits": wanted.total(),
        "changes": got.total(),
        "missing": (wanted - got).total(),
        "too many": (got - wanted).total(),
        "branches out of order": sum(came.get(key) != oids for key, oids in pushes.pushed.items()),
        "not built once": sum(count != 1 for _, count in requests_for(url)),
    }


def _most(those: Sequence[BuildMaster]) -> list[float]:
    lines = [line.split() for master in those for line in (master.folder / "lag").read_text().splitlines()]
    return [max(map(float, column)) for column in zip(*lines, strict=True)]


def main() -> None:
    """
    Run a trial, and say what it showed; end with 1 if something was lost or doubled.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.buildbot.feed_trial", description=__doc__)
    parser.add_argument("--database", choices=list(KINDS), default="postgresql")
    parser.add_argument("--commits", type=int, default=1000)
    parser.add_argument("--repositories", type=int, default=10)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--no-builds", action="store_false", dest="builds", help="have no scheduler")
    parser.add_argument("--at-once", action="store_true", help="push all commits at once")
    parser.add_argument("--masters", type=int, default=1, help="of Buildbot; two take over from each other")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        server = KINDS[chosen.database].start()
        stack.callback(server.stop)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        buildbot, feed = (stack.enter_context(server.fresh_database()) for _ in range(2))
        create_master(buildbot, folder / "made")
        if chosen.database == "mariadb":
            run(buildbot, *(f"ALTER TABLE {name} ENGINE=InnoDB" for name in (*TABLES, *WITHOUT_TRANSACTIONS)))
        line = None
        if chosen.masters > 1:
            leasing.install(buildbot)
            line = LINE.format(arguments="failover=10")
        config = following(buildbot, feed, "", line=line, builds=chosen.builds)
        config.more += _LAG
        those = stack.enter_context(masters(folder / "masters", [config] * chosen.masters))
        host = Host(folder / "host", feed, stack)
        trial = Trial(host, those, chosen)
        pushes, took = trial.run()
        found = verdict(buildbot, pushes)
        late, memory = _most(those)
    killed = ", ".join(f"{who} {times} times" for who, times in trial.killed.items())
    sys.stdout.write(f"{chosen.database}: killed {killed}; {took:.0f} s; ")
    sys.stdout.write(f"the reactor was late by {late:.2f} s at most, and had {memory:.0f} MiB in memory\n")
    sys.stdout.write("; ".join(f"{what}: {count}" for what, count in found.items()) + "\n")
    # Changes that one of several masters adds reach the schedulers of another one only by Buildbot's wamp.
    harmless = {"commits", "changes"} | ({"not built once"} if chosen.masters > 1 or not chosen.builds else set())
    sys.exit(1 if any(count for what, count in found.items() if what not in harmless) else 0)


if __name__ == "__main__":
    main()
