"""Whatever happens to a repository, its position and the feed agree with it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import settings

from tests.sources.histories.machine import USUAL, look_for_trouble


def test_histories(tmp_path: Path) -> None:
    """
    Every commit is told once per move that brought it, after its parents; each move follows on the one before.

    There are commits, merges, pushes by force, deletions, tags, several refs on one commit, wrong dates, empty
    repositories, hosts that forget what no ref leads to, and masters without a cache.
    """
    look_for_trouble(tmp_path, settings(USUAL, derandomize=True))
