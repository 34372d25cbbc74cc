"""Which masters are gone: what one observer may conclude from heartbeats that stand still."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from headwater.cluster.timing import Timing
from headwater.cluster.windows import Windows
from headwater.values import Peer
from tests.unit.masters import peer

TIMING = Timing(heartbeat=2, lease=7, expiry=10)

NEVER = float("inf")


class Observer:
    """
    Somebody who looks every two seconds; an answer takes no time.
    """

    def __init__(self) -> None:
        self.windows = Windows(TIMING)
        self.now = 100.0

    def looks(self, others: Sequence[Peer], *, seconds: float, every: float = 2) -> list[int]:
        """
        Look for some time at masters that do not change; return when each was told as gone, in seconds from now.
        """
        began, told = self.now, []
        while self.now < began + seconds:
            self.now += every
            told += [round(self.now - began) for _ in self.look(others)]
        return told

    def look(self, others: Iterable[Peer]) -> list[Peer]:
        """
        Look now.
        """
        return self.windows.look(others, asked=self.now, answered=self.now)


def test_a_heartbeat_that_stands_still() -> None:
    """
    A master is gone when its heartbeat was seen to stand still for the whole expiry time, from the first sight on.
    """
    assert [12] == Observer().looks([peer(1)], seconds=12)


def test_who_is_gone_is_told_again() -> None:
    """
    A master that could not be expired yet is told with every look.
    """
    assert [12, 14, 16] == Observer().looks([peer(1)], seconds=16)


def test_a_heartbeat_that_moves() -> None:
    """
    A new heartbeat begins a new window, however late it came.
    """
    observer = Observer()
    observer.looks([peer(1)], seconds=10)

    assert [] == observer.look([peer(1, beat=2)])
    assert [10] == observer.looks([peer(1, beat=2)], seconds=10)


def test_a_window_opens_when_the_answer_is_there() -> None:
    """
    A heartbeat counts from when its answer was received, and until the next question was asked.
    """
    windows = Windows(TIMING)
    windows.look([peer(1)], asked=100, answered=101)
    for second in (104, 107, 110):
        windows.look([peer(1)], asked=second, answered=second)

    assert [] == windows.look([peer(1)], asked=110.9, answered=112)
    assert [peer(1)] == windows.look([peer(1)], asked=112, answered=113)


def test_a_late_look_begins_anew() -> None:
    """
    Who was away for longer than two heartbeats cannot tell what happened, and watches for the whole time again.
    """
    observer = Observer()
    observer.looks([peer(1)], seconds=10)
    observer.now += 2.1

    assert [12] == observer.looks([peer(1)], seconds=12)


def test_a_heartbeat_of_ones_own_that_was_not_confirmed_begins_anew() -> None:
    """
    Who could not prove its own life cannot tell whether others could, and watches for the whole time again.
    """
    observer = Observer()
    observer.looks([peer(1)], seconds=10)

    observer.windows.begin_anew()

    assert NEVER == observer.windows.next_end()
    assert [12] == observer.looks([peer(1)], seconds=12)


def test_who_has_left_is_forgotten() -> None:
    """
    A master that was not there at a look begins anew when it is there again.
    """
    observer = Observer()
    observer.looks([peer(1)], seconds=10)
    observer.look([])

    assert [12] == observer.looks([peer(1)], seconds=12)


def test_an_id_that_was_given_out_again() -> None:
    """
    Another master with the id and the beat of one before is not taken for it.
    """
    observer = Observer()
    observer.looks([peer(1, name="before")], seconds=10)

    assert [12] == observer.looks([peer(1, name="after")], seconds=12)


def test_the_next_end() -> None:
    """
    The next look of interest is at the end of the oldest window that is open; what has closed is no longer news.
    """
    observer = Observer()
    before = observer.windows.next_end()
    observer.looks([peer(1)], seconds=2)
    one = observer.windows.next_end()
    observer.looks([peer(1), peer(2)], seconds=2)
    both = observer.windows.next_end()
    observer.looks([peer(1), peer(2)], seconds=8)
    closed = observer.windows.next_end()
    observer.look([])

    assert (NEVER, 112, 112, 114) == (before, one, both, closed)
    assert NEVER == observer.windows.next_end()


@given(st.lists(st.tuples(st.floats(0.1, 6), st.booleans(), st.booleans()), max_size=40))
def test_who_beats_is_never_gone(looks: list[tuple[float, bool, bool]]) -> None:
    """
    Whatever the observer's own troubles, only a heartbeat that stood still for the whole expiry time is told as gone.
    """
    observer = Observer()
    beat, since = 1, observer.now
    for seconds, moves, fails in looks:
        observer.now += seconds
        if moves:
            beat, since = beat + 1, observer.now
        if fails:
            observer.windows.begin_anew()
        elif observer.look([peer(1, beat=beat)]):
            assert observer.now - since >= TIMING.expiry
