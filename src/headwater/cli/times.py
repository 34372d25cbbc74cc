"""Times on the screen: how long ago, in how long, and at what time of day by this host's clock."""

from __future__ import annotations

from datetime import datetime

_DAY = 86_400_000


def age(milliseconds: int) -> str:
    """
    Return a time span in its largest unit.

    >>> [age(n) for n in (900, 65_000, 7_200_000, 200_000_000)]
    ['0s', '1m', '2h', '2d']
    """
    seconds = max(milliseconds, 0) // 1000
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def ago(then: int | None, *, now: int) -> str:
    """
    Return how long ago something was; nothing if it never was.
    """
    return "" if then is None else f"{age(now - then)} ago"


def until(then: int | None, *, now: int) -> str:
    """
    Return in how long something will be; nothing if it will not.
    """
    return "" if then is None else f"in {age(then - now)}"


def time_of_day(milliseconds: int) -> str:
    """
    Return a time of the database's clock as this host's clock would show it.
    """
    return _local(milliseconds).strftime("%H:%M:%S")


def moment(milliseconds: int, *, now: int) -> str:
    """
    Return the time of day, with the date if it is a day away or more.
    """
    is_near = abs(milliseconds - now) < _DAY
    return time_of_day(milliseconds) if is_near else _local(milliseconds).strftime("%Y-%m-%d %H:%M:%S")


def _local(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000).astimezone()
