"""Trials with a holder that is paused in the middle of a poll, and wakes beside its successor."""

from __future__ import annotations

import signal
from pathlib import Path
from time import sleep

from headwater.clock import boot_seconds
from tests.buildbot.gitscenes import changes_in, commit, commit_at_once, running_poll, somewhere, two_with_git
from tests.buildbot.scenes import awaited, first_poll
from tests.databases import Server

COMMITS = 3

MANY = 100


def pause(url: str, _: Server, folder: Path) -> str:
    """
    Pause the holder of a GitPoller in the middle of a poll, commit three times, and have it wake beside its successor.

    Tells how many polls it begins after that, and how many of the three changes the poll in flight adds once more.
    """
    with two_with_git(url, folder) as (one, two):
        (one.folder / "slow").write_text("1.5")
        slow = boot_seconds()
        in_flight = awaited(lambda: running_poll(one, after=slow), "a slow poll")
        sleep(somewhere() / 2)
        one.signal(signal.SIGSTOP)
        assert in_flight == running_poll(one)
        (one.folder / "slow").unlink()
        before = changes_in(url)
        first_poll(two, boot_seconds())
        for _number in range(COMMITS):
            commit(folder)
        awaited(lambda: changes_in(url) - before == COMMITS or None, "the changes")
        woken = boot_seconds()
        one.signal(signal.SIGCONT)
        one.log.wait_for_line("joined anew")
        awaited(lambda: running_poll(one) is None or None, "the end of the poll")
        first_poll(two, boot_seconds())
        sleep(5)  # in which it would poll, for it did so every second
        began = [poll for poll in one.polls() if poll.what == "began" and poll.at > woken]
        twice = changes_in(url) - before - COMMITS
    return f"{len(began)} polls begun after the wake, {twice} of {COMMITS} changes added again by the poll in flight"


def midway(url: str, _: Server, folder: Path) -> str:
    """
    Pause the holder of a GitPoller while it adds the changes of 100 commits, and have it wake beside its successor.

    Tells how many changes the successor adds again, and how many the poll in flight then adds.
    """
    with two_with_git(url, folder) as (one, two):
        before = changes_in(url)
        commit_at_once(folder, MANY)
        awaited(lambda: changes_in(url) > before + 5 or None, "the first changes")
        one.signal(signal.SIGSTOP)
        sleep(1)  # in which the database ends what it was asked for
        added = changes_in(url) - before
        first_poll(two, boot_seconds())
        awaited(lambda: changes_in(url) - before == added + MANY or None, "all changes of the successor")
        woken = boot_seconds()
        one.signal(signal.SIGCONT)
        one.log.wait_for_line("joined anew")
        awaited(lambda: running_poll(one) is None or None, "the end of the poll")
        sleep(5)  # in which it would poll, for it did so every second
        began = [poll for poll in one.polls() if poll.what == "began" and poll.at > woken]
        twice = changes_in(url) - before - added - MANY
    again = f"the successor adds all {MANY} changes, {added} of them again"
    return f"{len(began)} polls begun after the wake; {again}; the poll in flight adds {twice} of its {MANY - added}"
