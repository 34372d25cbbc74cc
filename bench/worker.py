"""The process of one side: it does what it is told on standard input, and answers on standard output."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.internet.threads import deferToThread

from bench.cases import BUILDBOT, DRIVER, HEADWATER, HISTORY, STORE
from bench.orders import Answer, Failed, Opening, Order, Taken

if TYPE_CHECKING:
    from bench.sides.side import Side

_SIDES = {
    HEADWATER: ("bench.sides.headwater", "Headwater"),
    HISTORY: ("bench.sides.headwater", "Headwater"),
    STORE: ("bench.sides.headwater", "HeadwaterStore"),
    BUILDBOT: ("bench.sides.buildbot", "Buildbot"),
    DRIVER: ("bench.sides.driver", "Driver"),
}


async def serve(answers: BinaryIO) -> None:
    """
    Carry out one order after the other until there are no more.
    """
    side: Side | None = None
    while line := await deferToThread(sys.stdin.buffer.readline):
        order = msgspec.json.decode(line, type=Order)
        if isinstance(order, Opening):
            side = _side(order.side)
        answer = await _carried_out(side, order)
        answers.write(msgspec.json.encode(answer) + b"\n")
    if side is not None:
        await side.close()


async def _carried_out(side: Any, order: Order) -> Answer:
    try:
        if isinstance(order, Opening):
            return await side.open(order)  # type: ignore[no-any-return] # each side has the types of the protocol
        gc.collect()
        return Taken(await side.take(order))
    except Exception:  # noqa: BLE001 - whoever steers must hear of anything
        return Failed(traceback.format_exc())


def _side(name: str) -> Side:
    # Only its own: a side should not pay for what another one imports.
    module, class_ = _SIDES[name]
    side: Side = getattr(import_module(module), class_)()
    return side


def main() -> None:
    """
    Serve, with standard output kept for answers: what a library prints goes to standard error.
    """
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    react(lambda _: Deferred.fromCoroutine(serve(answers)))


if __name__ == "__main__":
    main()
