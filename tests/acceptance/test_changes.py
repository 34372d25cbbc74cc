"""Read the feed with ``headwater changes``: from the start, from a number on, and as it grows."""

from __future__ import annotations

import signal
from typing import Any

import msgspec

from headwater import Move, Store
from headwater.values import Fence
from tests.acceptance.host import Host


class Recorder:
    """
    A master that records moves of one branch.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        (source,) = store.register(["api"]).values()
        master = store.join("ci-a")
        token = store.claim([source], master)[source]
        assert token is not None
        self._fence = Fence(source=source, master=master.id, token=token, name=master.name)
        self._moves = 0

    def record(self, times: int = 1) -> None:
        """
        Record that the branch has moved, so many times.
        """
        for _ in range(times):
            before = f"{self._moves:040}" if self._moves else None
            self._moves += 1
            move = Move(ref="refs/heads/main", before=before, after=f"{self._moves:040}")
            self._store.record(self._fence, self._moves, move, 0)


def test_an_empty_feed(host: Host) -> None:
    """
    On an empty database there are no changes, and no error.
    """
    shown = host.headwater("changes")

    assert (0, [], []) == (shown.code, shown.out, shown.err)


def test_changes_after_a_number(host: Host) -> None:
    """
    With --after only the changes that come after that number are shown, all of them, oldest first.
    """
    with Store(host.database) as store:
        Recorder(store).record(times=130)

    shown = host.headwater("changes", "--after=20", "--format=json")

    changes: list[dict[str, Any]] = [msgspec.json.decode(line) for line in shown.out]
    assert list(range(21, 131)) == [change["number"] for change in changes]


def test_following_the_feed(host: Host) -> None:
    """
    With --follow later changes are shown as they come, until Ctrl-C, which ends it with 0.
    """
    with Store(host.database) as store:
        recorder = Recorder(store)
        recorder.record(times=2)
        following = host.start("changes", "--follow", "--after=1")
        following.out.wait_for_line("^    2  ")
        recorder.record()
        following.out.wait_for_line("^    3  ")
        code = following.stop(signal.SIGINT)

    assert (0, 2, []) == (code, len(following.out.all()), following.err.all())
