"""A network that loses the answers to commits loses those, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater import Store
from tests.failover.network import Network

ON_A_NETWORK = [pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in ("postgresql", "mariadb")]

on_a_network = pytest.mark.parametrize("database", ON_A_NETWORK, indirect=True)

_OFTEN = 12
"""Transactions after which psycopg has prepared what it says in each of them."""


@pytest.fixture
def network(database: str) -> Iterator[Network]:
    """
    A network before an empty database.
    """
    network = Network(database)
    yield network
    network.close()


@on_a_network
def test_the_answer_to_a_commit_is_lost(database: str, network: Network) -> None:
    """
    However often a connection has committed before: what was committed is there, and who asked was not told.
    """
    with Store(network.url) as store, Store(database) as direct:
        source = store.register(["linux"])["linux"]
        master = store.join("ci-a")
        for _ in range(_OFTEN):
            store.release(store.claim([source], master), master)
        network.set("lose answers")
        # Asked again, the store finds that it has the claim: there is nothing to commit then.
        tokens = store.claim([source], master)

        assert ([source], 1) == (list(tokens), network.lost)
        assert master.id == direct.sources()[0].holder


@on_a_network
def test_connecting_and_reading_loses_nothing(database: str, network: Network) -> None:
    """
    Who connects anew and reads is left alone, though drivers commit and speak of READ COMMITTED and AUTOCOMMIT.
    """
    with Store(database) as direct:
        direct.register(["linux"])
    network.set("lose answers")
    with Store(network.url) as store:
        names = [source.name for source in store.sources()]

    assert (["linux"], 0) == (names, network.lost)
