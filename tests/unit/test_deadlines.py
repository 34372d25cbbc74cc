"""How long the database may take, in all its parts."""

from __future__ import annotations

import pytest

from headwater import TimingError
from headwater.store.deadlines import Deadlines


@pytest.mark.parametrize("client", [0.1, 1.0, 2.0, 2.5, 60.0])
def test_every_answer_is_a_sentence(client: float) -> None:
    """
    A lock is given up before the statement, the statement before the client's wait, that before the last try.
    """
    deadlines = Deadlines(client)

    assert 0 < deadlines.lock < deadlines.statement < client < deadlines.idle < deadlines.patience
    assert deadlines.login >= client


@pytest.mark.parametrize("client", [0, -1, float("nan"), float("inf")])
def test_a_deadline_that_is_none(client: float) -> None:
    """
    Who would not wait at all, or without end, is refused.
    """
    with pytest.raises(TimingError) as refused:
        Deadlines(client)

    assert f"the deadline of {client:g} s for one statement must be more than 0, and end" == str(refused.value)
