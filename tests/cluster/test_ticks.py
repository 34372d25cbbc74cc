"""What a tick of an idle cluster costs."""

from __future__ import annotations

from typing import Any

import pytest

from headwater import Settings, Store
from headwater.cluster.membership import Membership
from headwater.store.session import Session


def test_a_tick_is_five_small_statements(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    While nothing moves, a heartbeat and a look are five statements, with one source as with a thousand.
    """
    ran: list[str] = []
    once = Session._once

    def counted(session: Session, sql: str, values: dict[str, Any] | None) -> Any:  # noqa: ANN401 - passed on
        ran.append(sql)
        return once(session, sql, values)

    with Store(database) as store:
        membership = Membership(store, name="ci-a", kinds=["git"])
        membership.join()
        costs = []
        for count in (1, 1000):
            for id_ in store.register(f"source {number}" for number in range(count)).values():
                store.configure(id_, Settings(kind="git", url=f"https://git.example/{id_}.git"))
            for _ in range(count // 100 + 2):
                membership.beat()
                membership.look()
            ran.clear()
            monkeypatch.setattr(Session, "_once", counted)
            membership.beat()
            membership.look()
            monkeypatch.undo()
            costs.append(len(ran))
            assert count == len(membership.holdings.claims())

    assert [5, 5] == costs
