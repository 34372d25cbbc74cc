"""How values look on a screen: one line for a change, with colours on a terminal and plain elsewhere."""

from __future__ import annotations

import click
import msgspec

from headwater.cli.times import time_of_day
from headwater.values import Change, Commit, Move

_OID_SHOWN = 9
_BRANCHES = "refs/heads/"


def change_line(change: Change) -> str:
    """
    Return a change as one line: number, time, source, ref, what moved, who and why.
    """
    parts = [
        click.style(f"{change.number:>5}", dim=True),
        click.style(time_of_day(change.recorded_at), dim=True),
        bold(change.source_name),
        short_ref(change.ref),
        moved_words(change),
        _brought(change),
    ]
    return "  ".join(part for part in parts if part)


def change_json(change: Change) -> str:
    """
    Return a change as one line of JSON.
    """
    return msgspec.json.encode(change).decode()


def commit_words(commit: Commit) -> str:
    """
    Return a commit in a few words: id, subject, author.
    """
    return f"{commit.oid[:_OID_SHOWN]} {_subject(commit)} ({printable(commit.author)})"


def printable(text: str) -> str:
    """
    Return a text as it may be shown on one line: control characters would let a commit rewrite the screen.
    """
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def counted(number: int, one: str, many: str | None = None) -> str:
    """
    Return a number of things.

    >>> counted(1, "commit"), counted(2, "commit"), counted(0, "branch", "branches")
    ('1 commit', '2 commits', '0 branches')
    """
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def bold(name: str) -> str:
    """
    Return a name as it stands out on a terminal.
    """
    return click.style(printable(name), bold=True)


def short_ref(ref: str) -> str:
    """
    Return a ref as people call it.
    """
    return click.style(printable(ref.removeprefix(_BRANCHES)), fg="cyan")


def moved_words(move: Change | Move) -> str:
    """
    Return how a ref moved.
    """
    if move.after is None:
        return click.style("(deleted)", fg="red")
    if move.before is None:
        return click.style("(new) ", fg="green") + move.after[:_OID_SHOWN]
    dropped = f" -{move.dropped}" if move.dropped else ""
    forced = click.style(f" FORCED{dropped}", fg="yellow") if move.forced else ""
    return f"{move.before[:_OID_SHOWN]}..{move.after[:_OID_SHOWN]}{forced}"


def count_words(count: int, move: Change | Move) -> str:
    """
    Return how many commits a move brought, and how many are not told.
    """
    commits = counted(count, "commit")
    if move.left_out:
        return f"{commits} and {move.left_out} older"
    return f"{commits} of a lost history" if move.history_lost else commits


def _brought(change: Change) -> str:
    again = click.style("AGAIN", fg="yellow") if change.backfill else ""
    if not change.commits:
        return again
    newest = change.commits[-1]
    return "  ".join(
        part
        for part in (again, count_words(change.commit_count, change), printable(newest.author), _subject(newest))
        if part
    )


def _subject(commit: Commit) -> str:
    return printable(commit.message.strip().partition("\n")[0])
