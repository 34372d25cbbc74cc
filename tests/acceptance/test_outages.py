"""A database that goes away while a command runs: it is told, and what goes on goes on once the database is back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from headwater import Move, Settings, Store
from headwater.values import Fence
from tests.acceptance.host import Ended, Host
from tests.acceptance.sentences import sentence
from tests.conformance.rows import run
from tests.databases.network import NetworkServer
from tests.faults.proxy import Proxy
from tests.store.frozen import frozen
from tests.store.kinds import ON_OWN_SERVERS, ON_POSTGRESQL


def held(url: str) -> Fence:
    """
    Let a master hold the source "api", which has no branch yet; return its fence.
    """
    with Store(url) as store:
        (source,) = store.register(["api"]).values()
        store.configure(source, Settings(kind="git", url="/api"))
        master = store.join("ci-a")
        (token,) = store.claim([source], master).values()
        fence = Fence(source=source, master=master.id, token=token or 0, name=master.name)
        store.baseline(fence, {})
        return fence


@contextmanager
def killed(server: NetworkServer) -> Iterator[None]:
    """
    The server is killed, and does not come back.
    """
    server.kill()
    yield


@ON_OWN_SERVERS
@pytest.mark.parametrize("breaking", [frozen, killed])
def test_a_fault_in_the_midst(
    lone_host: Host,
    server: NetworkServer,
    server_database: str,
    breaking: Callable[[NetworkServer], AbstractContextManager[None]],
) -> None:
    """
    A command that goes on, and whose server freezes or is killed meanwhile, ends with one sentence too.
    """
    with Store(server_database) as store:
        store.record(held(server_database), 1, Move(ref="refs/heads/main", before=None, after="a" * 40), 0)
    process = lone_host.start("--database", server_database, "changes", "--follow")
    process.out.wait_for_line("main")
    with breaking(server):
        code = process.ended()

    said = sentence(Ended(code, [], process.err.all()))
    assert f":***@{server.address}/" in said


@ON_POSTGRESQL
def test_a_lost_answer_is_settled(lone_host: Host, database: str) -> None:
    """
    A command whose commit was carried out, and whose answer was lost, asks again and says what is true.
    """
    held(database)
    with Proxy(database) as proxy:
        proxy.let_others_pass()
        proxy.lose_answer(b"COMMIT", "landed")
        ended = lone_host.headwater("--database", proxy.url, "release", "--force", "api")
        was_lost = proxy.lost.is_set()

    assert (0, [], True) == (ended.code, ended.err, was_lost)
    assert ended.out[0].startswith("api is free; it was held by ci-a#")
    assert [("forced",)] == run(database, "SELECT why FROM claim_history")


@ON_OWN_SERVERS
def test_a_master_outlives_an_outage(lone_host: Host, server: NetworkServer, server_database: str) -> None:
    """
    `run` tells of a database that is away, tries on, and records what has moved once it is back.
    """
    repository = lone_host.clone("api")
    process = lone_host.run("api", HEADWATER_DATABASE=server_database)
    process.err.wait_for_line("the newest commit is .* first")
    server.kill()
    process.err.wait_for_line("no heartbeat: |cannot be looked at: ")
    repository.commit("meanwhile")
    server.restart()

    process.out.wait_for_line("1 commit .* meanwhile")
    assert 0 == process.stop()
    assert [(1,)] == run(server_database, "SELECT count(*) FROM changes")
