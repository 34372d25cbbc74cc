"""Several stores edit, pause and claim the same few sources at once: what is left is whole, whatever came first."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from headwater import (
    ChangeSourceAlreadyClaimedError,
    EditedMeanwhileError,
    Master,
    NameTakenError,
    Report,
    Settings,
    Store,
    UnknownChangeSourceError,
)
from headwater.store import verbs
from tests.conformance.rows import run

EXPECTED = (ChangeSourceAlreadyClaimedError, EditedMeanwhileError, NameTakenError, UnknownChangeSourceError)

GIT = Settings(kind="git", url="u")

LEAST = 3
"""Sources that are always there."""


class Hand:
    """
    One store that does this and that, as its own dice have it.
    """

    def __init__(self, url: str, kept: list[int], seed: int) -> None:
        self._kept = kept
        self._chance = random.Random(seed)
        self._store = Store(url)
        self._life = self._store.join("ci")
        self._tokens: dict[int, int | None] = {}
        self._verbs: list[Callable[[list[int]], object]] = [
            self._claim,
            self._claim,
            self._release,
            self._store.force_release,
            lambda ids: self._store.pause(ids, why="w", by="ada"),
            lambda ids: self._store.pause(ids, why="w", by="ada", seconds=0.001),
            self._store.resume,
            self._add,
            self._change,
            self._change_as_seen,
            self._remove,
            self._claim_by_connector,
            self._store.ask_check,
            lambda ids: self._store.ask_check(ids, from_="v1"),
            lambda ids: self._store.report([Report(source=id_, token=1, state="ok") for id_ in ids]),
            lambda _: self._store.edited(0),
        ]

    def play(self, turns: int) -> Master:
        """
        Do so many things, and leave; any error but those that are expected ends it.
        """
        for _ in range(turns):
            ids = [source.id for source in self._store.sources()]
            some = self._chance.sample(ids, self._chance.randint(1, LEAST))
            with contextlib.suppress(*EXPECTED):
                self._chance.choice(self._verbs)(some)
        self._store.leave(self._life)
        self._store.close()
        return self._life

    def _claim(self, ids: list[int]) -> None:
        self._tokens |= self._store.claim(ids, self._life)

    def _release(self, _: list[int]) -> None:
        self._store.release(self._tokens, self._life)

    def _claim_by_connector(self, ids: list[int]) -> None:
        self._store.ask(verbs.claim_for(ids[0], self._life.id))

    def _add(self, _: list[int]) -> None:
        self._store.edit(add={self._name(): GIT, self._name() + "'": GIT})

    def _change(self, ids: list[int]) -> None:
        host = self._chance.choice([None, "ci-a"])
        settings = Settings(kind="git", url="v", host=host)
        self._store.edit(change={id_: (f"{self._name()} {number}", settings) for number, id_ in enumerate(ids)})

    def _change_as_seen(self, ids: list[int]) -> None:
        if brief := self._store.brief(ids[0]):
            host = self._chance.choice([None, "ci-a"])
            settings = Settings(kind="git", url="w", host=host)
            seen = {ids[0]: (brief.name, brief.settings)}
            self._store.edit(change={ids[0]: (self._name(), settings)}, seen=seen)

    def _remove(self, ids: list[int]) -> None:
        self._store.edit(remove=[id_ for id_ in ids if id_ not in self._kept])

    def _name(self) -> str:
        return f"name {self._chance.randint(0, 9)}"


def test_everything_at_once(fresh_store: Store, database: str) -> None:
    """
    Nobody meets an error that is none of the caller's, and claims, history, settings, pauses and numbers agree.
    """
    kept = list(fresh_store.edit(add={f"kept {number}": GIT for number in range(LEAST)}).values())
    hands = [Hand(database, kept, seed) for seed in range(5)]

    with ThreadPoolExecutor(len(hands)) as pool:
        lives = list(pool.map(lambda hand: hand.play(60), hands))

    assert len(hands) == len(lives)
    assert [] == fresh_store.sources(active=True)
    assert [] == run(
        database,
        "SELECT changesourceid FROM source_settings UNION ALL SELECT changesourceid FROM conditions"
        " EXCEPT SELECT id FROM changesources",
    )
