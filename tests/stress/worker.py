"""One of many processes that start together: get ready, wait for the others, register names, tell their ids."""

from __future__ import annotations

import random
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from headwater import Store


@dataclass(frozen=True, kw_only=True)
class Task:
    """
    What one process is to register: the names are `name` with the numbers below `count`.
    """

    url: str
    name: str
    count: int
    opens_early: bool
    """Whether the store is opened before the others are waited for."""


def register(task: Task, start: Barrier, answer: Connection) -> None:
    """
    Register, in an order of this process's own, and send the ids.
    """
    names = [f"{task.name} {number}" for number in range(task.count)]
    random.shuffle(names)
    store = Store(task.url) if task.opens_early else None
    start.wait()
    with store or Store(task.url) as opened:
        answer.send(opened.register(names))
