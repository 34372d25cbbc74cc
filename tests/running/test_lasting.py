"""A poll that lasts is said, and one that hangs is ended."""

from __future__ import annotations

import asyncio

import pytest

from headwater.errors import SourceError
from headwater.running.lasting import Lasting

SOON = 60.0

Said = asyncio.Queue[str]


def lasting(said: Said, *, lasts: float = 0.0, silence: float = SOON) -> Lasting:
    """
    Watch over polls, and put down what is said of them.
    """
    return Lasting(lambda _since, doing: said.put_nowait(doing), lasts=lasts, silence=silence)


def test_a_poll_that_takes_long_is_said() -> None:
    """
    When a poll has lasted for a while this is said, with how far it has come; from then on whatever it says.
    """

    async def story() -> list[str]:
        said = Said()
        its = lasting(said)
        async with its.poll("api"):
            its.progress("Receiving objects: 1 %")
            first = await said.get()
            its.progress("Receiving objects: 2 %")
            return [first, await said.get()]

    assert ["Receiving objects: 1 %", "Receiving objects: 2 %"] == asyncio.run(asyncio.wait_for(story(), SOON))


def test_a_poll_that_is_quick_is_not_worth_a_word() -> None:
    """
    Nothing is said of a poll that ends soon, whatever it says itself, nor after its end.
    """

    async def story() -> bool:
        said = Said()
        its = lasting(said, lasts=SOON)
        async with its.poll("api"):
            its.progress("Receiving objects: 1 %")
        its.progress("too late")
        return said.empty() and not its.is_said

    assert asyncio.run(story())


def test_a_poll_that_hangs_is_ended() -> None:
    """
    A poll without any sign of life is ended, with a sentence that says so.
    """

    async def story() -> None:
        async with lasting(Said(), silence=0.01).poll("api"):
            await asyncio.Future()

    with pytest.raises(SourceError, match=r"api: the poll gave no sign of life for 0.01 s, and was ended"):
        asyncio.run(asyncio.wait_for(story(), SOON))


def test_a_sign_of_life_that_comes_too_late() -> None:
    """
    What a poll says while it is being ended changes nothing.
    """

    async def story() -> None:
        its = lasting(Said(), silence=0.01)
        async with its.poll("api"):
            try:
                await asyncio.Future()
            finally:
                its.progress("Receiving objects: 1 %")

    with pytest.raises(SourceError, match="no sign of life"):
        asyncio.run(asyncio.wait_for(story(), SOON))


def test_a_sign_of_life() -> None:
    """
    A poll that comes further is not ended, however long it takes.
    """

    async def story() -> bool:
        its = lasting(Said(), silence=0.2)
        ends = asyncio.get_running_loop().time() + 0.5
        async with its.poll("api"):
            while asyncio.get_running_loop().time() < ends:
                its.come_further()
                await asyncio.sleep(0)
        return True

    assert asyncio.run(asyncio.wait_for(story(), SOON))


def test_a_source_that_times_out_by_itself() -> None:
    """
    What a source raises when its own patience ends is not mistaken for ours.
    """

    async def story() -> None:
        async with lasting(Said()).poll("api"):
            raise TimeoutError("the depot did not answer")

    with pytest.raises(TimeoutError, match="the depot did not answer"):
        asyncio.run(story())
