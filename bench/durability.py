"""Ask a database, on the connection of one side, what a commit means there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}

_QUESTIONS = {
    "sqlite": {"journal_mode": "PRAGMA journal_mode", "synchronous": "PRAGMA synchronous"},
    "postgresql": {name: f"SHOW {name}" for name in ("fsync", "synchronous_commit", "full_page_writes")},
    "mariadb": {
        "innodb_flush_log_at_trx_commit": "SELECT @@innodb_flush_log_at_trx_commit",
        "log_bin": "SELECT @@log_bin",
        "engine": "SELECT engine FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name = 'changesource_masters'",
    },
}


def durability(kind: str, ask: Callable[[str], Any]) -> dict[str, str]:
    """
    Return the settings that say when a commit is on the disk.

    Args:
        kind: of the database.
        ask: runs a statement on the side's own connection and returns the one value that it gives.
    """
    answers = {name: ask(question) for name, question in _QUESTIONS[kind].items()}
    if "synchronous" in answers:
        answers["synchronous"] = _SYNCHRONOUS[answers["synchronous"]]
    return {name: str(answer) for name, answer in answers.items()}
