"""Somebody claims a source between the look and the insert of a bulk claim: that one is lost, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from headwater import ChangeSourceAlreadyClaimedError, Store
from headwater.store.attempt import Attempt
from headwater.store.claimlook import Claimant, Wanted
from headwater.store.claims import claim
from headwater.store.engine import open_engine, parse, refined
from headwater.store.history import NoHistory
from headwater.store.session import Session
from tests.conformance.rows import run


def test_one_of_many_slips_away(database: str) -> None:
    """
    The others are won in the same call, and the claim of who was faster stays.
    """
    with Store(database) as store:
        ids = sorted(store.register([f"source {number}" for number in range(50)]).values())
        faster, slower = store.join("faster"), store.join("slower")
    engine, dialect = open_engine(parse(database))

    class Late(Session):
        @contextmanager
        def transaction(self) -> Iterator[None]:
            if not run(database, "SELECT 1 FROM changesource_masters"):
                values = {"id": ids[7], "master": faster.id}
                run(
                    database,
                    "INSERT INTO changesource_masters (changesourceid, masterid) VALUES (:id, :master)",
                    **values,
                )
            with super().transaction():
                yield

    session = Late(engine, refined(engine, dialect), NoHistory())
    (outcomes,) = claim(session, [Wanted(tuple(ids), Claimant(id=slower.id))], Attempt())
    session.close()
    engine.dispose()

    lost = outcomes.pop(ids[7])
    assert isinstance(lost, ChangeSourceAlreadyClaimedError)
    assert dict.fromkeys(ids[:7] + ids[8:]) == outcomes
    held = "SELECT changesourceid FROM changesource_masters WHERE masterid = :master"
    assert [(ids[7],)] == run(database, held, master=faster.id)
    assert {(id_,) for id_ in outcomes} == set(run(database, held, master=slower.id))
