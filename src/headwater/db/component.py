"""What the components of ``master.db`` share: the connector that carries out their requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred

from headwater.store.requests import Limits, Request

A = TypeVar("A")


class Asks(Protocol):
    """
    Carries out requests, and answers in the reactor.
    """

    def ask(self, build: Callable[[Limits], Request[A]]) -> Deferred[A]:
        """
        Make a request, given what the database can take, and hand it over; every error comes by the Deferred.
        """


class DBConnectorComponent:
    """
    One part of a master's database API.

    Args:
        db: the connector that it is a part of.
    """

    def __init__(self, db: Asks) -> None:
        self.db = db

    def ask(self, build: Callable[[Limits], Request[A]]) -> Deferred[A]:
        """
        Have a request carried out, in the way of this component's connector.
        """
        return self.db.ask(build)
