"""Many processes begin at once: on the same names, and on a database in which there is nothing yet."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from sqlalchemy import NullPool, create_engine, text

from headwater import Store
from tests.stress.arena import REPOSITORY, command


def together(workers: Iterable[Sequence[str]]) -> list[dict[str, int]]:
    """
    Start a worker with each of these arguments, let all go at the same moment, and return their answers.
    """
    wait, signal = os.pipe()
    with ExitStack() as started:
        started.callback(os.close, wait)
        with os.fdopen(signal, "w"):  # closed, it lets them go: also if one of them did not get ready
            processes = [started.enter_context(start(arguments, stdin=wait)) for arguments in workers]
            said = [process.stdout.readline() for process in processes if process.stdout]
        answers = [process.communicate()[0] for process in processes]

    assert {"ready\n"} == set(said)
    assert {0} == {process.returncode for process in processes}
    return [json.loads(answer) for answer in answers]


def start(arguments: Sequence[str], *, stdin: int) -> subprocess.Popen[str]:
    """
    Start one worker.
    """
    return subprocess.Popen(
        command("worker", *arguments), cwd=REPOSITORY, stdin=stdin, stdout=subprocess.PIPE, text=True
    )


def rows(url: str, table: str) -> int:
    """
    Count the rows of a table.
    """
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_the_same_new_names_get_the_same_ids(database: str) -> None:
    """
    Twenty processes that register the same 1,000 new names at once all get the same 1,000 ids, and no error.
    """
    Store(database).close()

    first, *others = together([("early", database, "source", "1000")] * 20)

    assert 1000 == len(set(first.values())) == rows(database, "changesources")
    assert [first] * 19 == others


def test_first_commands_at_once_make_one_schema(database: str) -> None:
    """
    Ten processes that open an empty database at once set it up once, and each registers its name in it.
    """
    answers = together([("late", database, f"source of {number}", "1") for number in range(10)])

    assert 1 == rows(database, "headwater_version")
    with Store(database) as store:
        sources = {source.name: source.id for source in store.sources()}
    assert 10 == len(sources)
    assert sources == {name: id_ for answer in answers for name, id_ in answer.items()}
