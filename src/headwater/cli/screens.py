"""How values look on a screen: one line for a change, with colours on a terminal and plain elsewhere."""

from __future__ import annotations

from datetime import datetime

import click
import msgspec

from headwater.values import Change, Commit

_OID_SHOWN = 9
_BRANCHES = "refs/heads/"


def change_line(change: Change) -> str:
    """
    Return a change as one line: number, time, source, ref, what moved, who and why.
    """
    time = datetime.fromtimestamp(change.recorded_at / 1000).astimezone().strftime("%H:%M:%S")
    parts = [
        click.style(f"{change.number:>5}", dim=True),
        click.style(time, dim=True),
        click.style(printable(change.source_name), bold=True),
        click.style(printable(change.ref.removeprefix(_BRANCHES)), fg="cyan"),
        _moved(change),
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


def _moved(change: Change) -> str:
    if change.after is None:
        return click.style("(deleted)", fg="red")
    if change.before is None:
        return click.style("(new) ", fg="green") + change.after[:_OID_SHOWN]
    forced = click.style(" FORCED", fg="yellow") if change.forced else ""
    return f"{change.before[:_OID_SHOWN]}..{change.after[:_OID_SHOWN]}{forced}"


def _brought(change: Change) -> str:
    if not change.commits:
        return ""
    newest = change.commits[-1]
    counted = "1 commit" if change.commit_count == 1 else f"{change.commit_count} commits"
    return f"{counted}  {printable(newest.author)}  {_subject(newest)}"


def _subject(commit: Commit) -> str:
    return printable(commit.message.strip().partition("\n")[0])
