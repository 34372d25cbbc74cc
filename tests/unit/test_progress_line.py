"""How far a long poll has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from headwater.cli.progressline import ProgressLine, bar
from tests.unit.clocks import FakeClock


class Terminal(io.StringIO):
    """
    A text that takes itself for a terminal.
    """

    def isatty(self) -> bool:
        """
        Return that it is one.
        """
        return True


def test_lines_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where there is no terminal a source says how far it is every five seconds at the most, and nothing is painted over.
    """
    said, clock = io.StringIO(), FakeClock()
    monkeypatch.setattr(sys, "stderr", said)
    line = ProgressLine(clock)
    for name, percent in (("api", 1), ("api", 2), ("web", 3)):
        line.show(name, f"receiving objects: {percent} %")
    clock.advance(5)
    line.show("api", "receiving objects: 9 %")
    line.clear()

    assert [
        "api: receiving objects: 1 %",
        "web: receiving objects: 3 %",
        "api: receiving objects: 9 %",
    ] == said.getvalue().splitlines()


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    On a terminal one line is painted anew each time, and makes room for what is said next.
    """
    said = Terminal()
    monkeypatch.setattr(sys, "stderr", said)
    line = ProgressLine()
    line.show("api", "receiving objects: 50 %")
    line.show("api", "receiving objects: 100 %")
    line.clear()
    line.clear()

    clear = "\r\x1b[K"
    assert f"{clear}api: [{'#' * 12}{' ' * 12}] receiving objects: 50 %" in said.getvalue()
    assert said.getvalue().endswith(f"{clear}api: [{'#' * 24}] receiving objects: 100 %{clear}")


def test_a_bar_fits() -> None:
    """
    A bar is never longer than the terminal is wide, and control characters do not get there.
    """
    assert 39 == len(bar("a" * 30, "receiving objects: 5 %", columns=40))
    assert "api: reading \N{REPLACEMENT CHARACTER}" == bar("api", "reading \x1b", columns=80)
