"""Which processes are known to have ended."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest
from msgspec import structs

from headwater.cluster.processes import is_gone
from headwater.identity import machine
from headwater.values import Peer
from tests.unit.masters import peer


@pytest.fixture
def ended() -> Peer:
    """
    A master whose process has ended on this machine.
    """
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return structs.replace(peer(1), pid=process.pid, machine=machine())


def test_a_process_that_has_ended(ended: Peer) -> None:
    """
    A process of this machine that is no more is gone.
    """
    assert is_gone(ended)


def test_what_nobody_can_know(ended: Peer) -> None:
    """
    Nothing is known of a process on another machine or in another boot, nor of one that did not tell.
    """
    changes = ({"machine": "elsewhere"}, {"machine": None}, {"pid": None})

    assert [False] * 3 == [is_gone(structs.replace(ended, **change)) for change in changes]


@pytest.mark.parametrize("asked", [os.getpid, os.getppid, lambda: 1], ids=["own", "parent's", "first"])
def test_a_process_that_runs(ended: Peer, asked: Callable[[], int]) -> None:
    """
    One's own process is not gone, nor another one that runs, whoever's it is.
    """
    assert not is_gone(structs.replace(ended, pid=asked()))


def test_a_process_that_may_not_be_asked(ended: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A process of another user is there.
    """

    def refused(_pid: int, _number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)

    assert not is_gone(ended)
