"""Many processes begin at once: on the same names, and on a database in which there is nothing yet."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import NullPool, create_engine, text

from headwater import Store
from tests.stress.forking import forking
from tests.stress.worker import Task, register

_SECONDS_TO_START = 60


def together(tasks: Sequence[Task]) -> list[dict[str, int]]:
    """
    Start a process for each task, let all go at the same moment, and return their answers.
    """
    context = forking("tests.stress.worker")
    start = context.Barrier(len(tasks), timeout=_SECONDS_TO_START)
    processes, ends = [], []
    for task in tasks:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=register, args=(task, start, theirs), daemon=True)
        process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        processes.append(process)
        ends.append(ours)
    answers = [end.recv() for end in ends]
    for end, process in zip(ends, processes, strict=True):
        end.close()
        process.join()

    assert {0} == {process.exitcode for process in processes}
    return answers


def rows(url: str, table: str) -> int:
    """
    Count the rows of a table.
    """
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_the_same_new_names_get_the_same_ids(empty_database: str) -> None:
    """
    Twenty processes that register the same 1,000 new names at once all get the same 1,000 ids, and no error.
    """
    Store(empty_database).close()

    first, *others = together([Task(url=empty_database, name="source", count=1000, opens_early=True)] * 20)

    assert 1000 == len(set(first.values())) == rows(empty_database, "changesources")
    assert [first] * 19 == others


def test_first_commands_at_once_make_one_schema(empty_database: str) -> None:
    """
    Ten processes that open an empty database at once set it up once, and each registers its name in it.
    """
    names = [f"source of {number}" for number in range(10)]
    answers = together([Task(url=empty_database, name=name, count=1, opens_early=False) for name in names])

    assert 1 == rows(empty_database, "headwater_version")
    with Store(empty_database) as store:
        sources = {source.name: source.id for source in store.sources()}
    assert 10 == len(sources)
    assert sources == {name: id_ for answer in answers for name, id_ in answer.items()}
