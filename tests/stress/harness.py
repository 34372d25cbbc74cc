"""
An adversarial stress of claims: masters that take sources over from each other at the worst moments.

    python -m tests.stress.harness URL --processes 8 --seconds 60

Every process is one master. Each knows when it is active, and what it holds then; so each sees for itself whether
it was robbed, and all together whether two of them were promised the same. Prints one line of JSON; exit code 1
says that something was not as it must be.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier, Event
from typing import Any

from headwater import Store
from headwater.store import verbs
from tests.stress.contender import Contender, Orders
from tests.stress.evidence import Evidence, double_grants, mismatches
from tests.stress.forking import forking
from tests.stress.outsider import Outsider

_SECONDS_TO_START = 60
_SAMPLES = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run, print the verdict, and return the exit code.
    """
    options = _parser().parse_args(arguments)
    ids, masters = _prepare(options.url, sources=options.sources, masters=options.processes)
    orders = [
        Orders(
            url=options.url,
            master=master,
            sources=ids,
            seed=f"{options.seed}.{master}",
            seconds=options.seconds,
            stops_at_theft=options.stop_at_first_theft,
        )
        for master in masters
    ]
    seconds, evidence = _contend(orders)
    verdict = _verdict(options.url, evidence) | {"seconds": round(seconds, 2), "seed": options.seed}
    print(json.dumps(verdict))  # noqa: T201 - it is what this program is for
    return int(any(verdict[fault] for fault in ("thefts", "double_grants", "errors", "history_mismatches")))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stress.harness")
    parser.add_argument("url", help="of an empty database")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--sources", type=int, default=24)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--stop-at-first-theft", action="store_true")
    return parser


def _prepare(url: str, *, sources: int, masters: int) -> tuple[list[int], list[int]]:
    with Store(url) as store:
        ids = store.register(f"source {number}" for number in range(sources))
        limits = store.database.limits
        return list(ids.values()), [store.ask(verbs.find_master(limits, f"m{number}")) for number in range(masters)]


def _contend(orders: Sequence[Orders]) -> tuple[float, list[Evidence]]:
    context = forking(__name__)
    start, stop = context.Barrier(len(orders) + 1), context.Event()
    processes, ends = [], []
    for order in orders:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_process, args=(order, start, stop, theirs), daemon=True)
        process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        processes.append(process)
        ends.append(ours)
    start.wait(_SECONDS_TO_START)
    began = time.monotonic()
    evidence = [end.recv() for end in ends]
    seconds = time.monotonic() - began
    for process in processes:
        process.join()
    return seconds, evidence


def _process(orders: Orders, start: Barrier, stop: Event, answer: Connection) -> None:
    contender = Contender(orders, stop)
    start.wait(_SECONDS_TO_START)
    contender.contend()
    contender.close()
    answer.send(contender.evidence)
    answer.close()


def _verdict(url: str, evidence: Sequence[Evidence]) -> dict[str, Any]:
    outsider = Outsider(url)
    history = outsider.history()
    wrong = mismatches(evidence, history, outsider.claims())
    outsider.close()
    doubles = double_grants(evidence)
    thefts = [theft for one in evidence for theft in one.thefts]
    errors = [error for one in evidence for error in one.errors]
    return {
        "claims": sum(one.claims for one in evidence),
        "take_overs": sum(why == "taken over" for *_, why in history),
        "releases": sum(one.releases for one in evidence),
        "refused": sum(one.refused for one in evidence),
        "thefts": len(thefts),
        "double_grants": len(doubles),
        "errors": len(errors),
        "history_mismatches": len(wrong),
        "error_samples": errors[:_SAMPLES],
        "fault_samples": thefts[:_SAMPLES] + doubles[:_SAMPLES] + wrong[:_SAMPLES],
    }


if __name__ == "__main__":
    sys.exit(main())
