"""The race that a fence decides: a holder records a move, and its claim is gone before that is committed."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from headwater import Store
from headwater.store import verbs
from headwater.values import Fence
from tests.conformance.holding import FIRST, MAIN, End, claimed
from tests.conformance.rows import mark
from tests.fence.locks import PATIENCE, held, observed
from tests.mutants import preferring
from tests.stress.arena import REPOSITORY


class Outcome(NamedTuple):
    """
    What became of the move.
    """

    answer: str
    """The number of the change, or the name of the error."""
    position: dict[str, str] | None
    feed: list[tuple[int, str]]
    """The number of each change and whose it is: the holder's, or that of somebody who recorded later."""


def claimed_in_place(store: Store, fence: Fence, url: str) -> None:
    """
    End the claim by another one of the same master, inactive meanwhile: the row stays as it is, with a new token.
    """
    mark(url, fence.master, active=False)
    store.ask(verbs.claim_for(fence.source, fence.master))


def race(url: str, end: End, sources: Path | None = None) -> Outcome:
    """
    Let a holder record a move while its claim ends, and tell what became of it.

    The end begins first, and has come as far as the settings of the source, with a lock on the claim, when the
    holder begins; it is committed before anybody gets a number of the feed. So what the holder still records, it
    records after the end of its claim.

    Args:
        url: of an empty database.
        end: of the claim.
        sources: a folder with the package that the holder runs, instead of the one that is installed.
    """
    with Store(url, deadline=PATIENCE) as store, observed(url) as waiting, ThreadPoolExecutor(1) as other:
        fence, later = claimed(store), claimed(store)
        for one in (fence, later):
            store.baseline(one, {MAIN: "a"})
        with Writer(url, fence, sources) as writer:
            with held(url, "feed WHERE id = 1"):
                with held(url, f"source_settings WHERE changesourceid = {fence.source}"):
                    ending = other.submit(end, store, fence, url)
                    while waiting() < 1:
                        assert not ending.done()
                    writer.write()
                    while waiting() < 2:
                        assert not writer.has_ended
                ending.result()
            answer = writer.answer()
        store.record(later, 0, FIRST, 0)
        whose = {fence.source: "the holder's", later.source: "a later one"}
        feed = [(change.number, whose[change.source]) for change in store.changes()]
        return Outcome(answer, store.position(fence.source), feed)


class Writer:
    """
    The holder: a process that is ready to record its first move, and its answer.
    """

    def __init__(self, url: str, fence: Fence, sources: Path | None) -> None:
        arguments = [msgspec.json.encode(value).decode() for value in (fence, FIRST)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fence.writer", url, *arguments],
            cwd=REPOSITORY,
            env=preferring(sources),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._signal, self._said = self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        assert "ready\n" == self._said.readline()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._signal.close()
        self._said.close()

    @property
    def has_ended(self) -> bool:
        """
        True once nothing more is to come.
        """
        return self._process.poll() is not None

    def write(self) -> None:
        """
        Let it record.
        """
        self._signal.close()

    def answer(self) -> str:
        """
        Wait for its answer.
        """
        return self._said.read().strip()
