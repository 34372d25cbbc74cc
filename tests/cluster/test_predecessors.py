"""A master that is started again does not wait for the life before it."""

from __future__ import annotations

import subprocess
import sys

from headwater.cluster.timing import Timing
from tests.cluster.conftest import Make
from tests.cluster.listening import HeardStore
from tests.conformance.rows import history, run

LIFE = """
import sys
from headwater import Store
store = Store(sys.argv[1])
master = store.join("ci-a")
store.claim([int(sys.argv[2])], master)
print(master.id, flush=True)
sys.stdin.read()
"""
"""A life that claims one source, and never beats."""

PATIENT = Timing(heartbeat=1, lease=30, expiry=3600)


def killed_life(url: str, source: int) -> int:
    """
    Let a process join and claim a source, and kill it; return its master's id.
    """
    command = [sys.executable, "-c", LIFE, url, str(source)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        id_ = process.stdout.readline()
        process.kill()
    return int(id_)


def test_a_predecessor_whose_process_is_gone(store: HeardStore, make: Make) -> None:
    """
    A life of the same given name whose process was killed on this machine is expired at once.
    """
    (api,) = store.add("api")
    dead = killed_life(store.url, api)
    engine = make(timing=PATIENT)

    master = engine.start()
    engine.next_gained()

    assert [(dead, "expired"), (master.id, None)] == [row[1:] for row in history(store.url, api)]


def test_a_process_on_another_machine(store: HeardStore, make: Make) -> None:
    """
    A process id says nothing on another machine, nor the death of a master of another name.
    """
    api, web = store.add("api", "web")
    far = killed_life(store.url, api)
    run(store.url, "UPDATE master_facts SET machine = 'another boot' WHERE masterid = :id", id=far)
    other = killed_life(store.url, web)
    run(store.url, "UPDATE master_facts SET given_name = 'ci-b' WHERE masterid = :id", id=other)
    engine = make(timing=PATIENT)

    engine.start()
    engine.heard.few_looks()

    assert engine.gained.empty()
    assert [(far, None)] == [row[1:] for row in history(store.url, api)]
