"""What a master concludes about its own life and its company from one look."""

from __future__ import annotations

from msgspec import structs

from headwater.cluster.life import Life
from headwater.cluster.timing import Timing
from headwater.values import Master, Peer, Share
from tests.unit.clocks import FakeClock
from tests.unit.masters import free_source, peer, running_lease

ME = Master(id=1, name="ci#1", active=True, last_active=0)

TIMING = Timing(heartbeat=2, lease=7, expiry=10)


def life() -> Life:
    """
    Make a life that has just begun.
    """
    return Life(ME, running_lease(FakeClock()), TIMING)


def see(life: Life, *peers: Peer, at: float = 0) -> None:
    """
    Let it look; the answer takes no time.
    """
    life.see(list(peers), asked=at, answered=at)


def test_a_life_that_goes_on() -> None:
    """
    A master finds itself among those who live by id and name, with a heartbeat that has moved.
    """
    mine = life()
    before = mine.me

    see(mine, peer(1, beat=2), peer(2))
    see(mine, peer(1, beat=3), peer(2))

    assert None is before
    assert peer(1, beat=3) == mine.me
    assert (peer(1, beat=3), peer(2)) == mine.peers
    assert not mine.is_over


def test_a_life_that_others_have_ended() -> None:
    """
    A master that is not among those who live is over.
    """
    mine = life()

    see(mine, peer(2))

    assert mine.is_over


def test_an_id_that_was_given_to_somebody_else() -> None:
    """
    Another master with the same id is not oneself.
    """
    mine = life()

    see(mine, peer(1, beat=2, name="somebody else"))

    assert mine.is_over


def test_a_database_that_went_back_in_time() -> None:
    """
    A heartbeat that does not show, though it was confirmed, ends the life: the database has lost what it knew.
    """
    mine = life()
    see(mine, peer(1, beat=5))

    see(mine, peer(1, beat=5))

    assert mine.is_over


def test_who_is_gone() -> None:
    """
    A master whose heartbeat stood still for the expiry time is gone, and no longer counted once it was ended.
    """
    mine = life()
    for number in range(7):
        see(mine, peer(1, beat=2 + number), peer(2), at=2.0 * number)
    gone = mine.gone

    mine.drop([peer(2)])

    assert (peer(2),) == gone
    assert ((peer(1, beat=8),), ()) == (mine.peers, mine.gone)


def test_how_long_nobody_came_or_went() -> None:
    """
    The company is quiet from the last time on that somebody came, went, or began or ended to drain.
    """
    mine = life()
    first, other = peer(1, beat=2), peer(2)
    quiet = []
    for number, others in enumerate(([], [], [other], [other], [structs.replace(other, is_draining=True)], [])):
        see(mine, structs.replace(first, beat=2 + number), *others, at=2.0 * number)
        quiet.append(mine.note([], {}, 2.0 * number)[0])

    assert [0, 2, 0, 2, 0, 0] == quiet


def test_how_long_nothing_moved() -> None:
    """
    The picture is still from the last time on that anybody's numbers changed, something became free, or was won.
    """
    mine = life()
    still = []
    pictures = [(0, [], 0), (0, [], 0), (1, [], 0), (1, [free_source(7)], 0), (1, [free_source(7)], 1), (1, [], 1)]
    for number, (held, free, own) in enumerate([*pictures, pictures[-1]]):
        see(mine, peer(1, beat=2 + number), peer(2, beat=number, share=Share(held=held)), at=2.0 * number)
        still.append(mine.note(free, {"git": own}, 2.0 * number)[1])

    assert [0, 2, 0, 0, 0, 0, 2] == still
