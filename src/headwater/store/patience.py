"""Wait for a lock in short random steps, where the database's own way of waiting would starve somebody."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from headwater.clock import boot_seconds

T = TypeVar("T")


def patiently(
    run: Callable[[], T], *, is_locked: Callable[[Exception], bool], seconds: float = 5.0, pause: float = 0.001
) -> T:
    """
    Call `run` again and again while it fails on a lock.

    Args:
        run: what to do; it must leave nothing behind when it fails.
        is_locked: tells such a failure from all others.
        seconds: how long to go on; then the failure is raised as it is.
        pause: seconds between two tries, more or less.
    """
    deadline = boot_seconds() + seconds
    never = threading.Event()
    while True:
        try:
            return run()
        except Exception as error:
            if not is_locked(error) or boot_seconds() > deadline:
                raise
        never.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
