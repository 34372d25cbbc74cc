"""Wait for a lock in short random steps, where the database's own way of waiting would starve somebody."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from headwater.clock import boot_seconds

T = TypeVar("T")


def patiently(run: Callable[[], T], *, is_locked: Callable[[Exception], bool], seconds: float = 5.0) -> T:
    """
    Call `run` again and again, a millisecond or so apart, while it fails on a lock.

    Args:
        run: what to do; it must leave nothing behind when it fails.
        is_locked: tells such a failure from all others.
        seconds: how long to go on; then the failure is raised as it is.
    """
    deadline = boot_seconds() + seconds
    pause = threading.Event()
    while True:
        try:
            return run()
        except Exception as error:
            if not is_locked(error) or boot_seconds() > deadline:
                raise
        pause.wait(0.0005 + random.random() / 1000)  # noqa: S311 - jitter, not a secret
