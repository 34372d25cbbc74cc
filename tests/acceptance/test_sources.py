"""Which sources a run registers, which it claims, and which it leaves alone."""

from __future__ import annotations

from headwater import Settings, Store
from headwater.identity import host as this_host
from tests.acceptance.host import Host
from tests.acceptance.records import holders, ids
from tests.conformance.rows import run as sql


def look_and_stop(host: Host, *repositories: str) -> dict[str, str | None]:
    """
    Run until the first look is over; return who held what then.
    """
    run = host.run(*repositories)
    run.err.wait_for_line(" has 1 branch; ")
    held = holders(host.database)
    run.stop()
    return held


def test_a_repository_keeps_its_source(lone_host: Host) -> None:
    """
    A repository that is watched again is the source that it was, by whatever path it is named.
    """
    lone_host.clone("api")

    look_and_stop(lone_host, "api")
    look_and_stop(lone_host, "./api/../api")

    assert {"api": 1} == ids(lone_host.database)


def test_what_was_registered_before_is_claimed_too(lone_host: Host) -> None:
    """
    A run claims every free source of its host, not only those that it is given.
    """
    repository = lone_host.clone("api")
    lone_host.clone("web")
    look_and_stop(lone_host, "api")

    run = lone_host.run("web")
    run.err.wait_for_line("^api has 1 branch; ")
    repository.commit("second")

    run.out.wait_for_line("  api  main  .*second$")


def test_a_source_that_only_the_connector_knows(host: Host) -> None:
    """
    A source without settings is left alone, though a repository has the same name.
    """
    host.clone("api")
    with Store(host.database) as store:
        store.register(["api", "nightly"])

    held = look_and_stop(host, "api")

    ours = f"{this_host()}:{host.folder}/api"
    assert (None, None) == (held.pop("api"), held.pop("nightly"))
    assert [ours] == [name for name, holder in held.items() if holder]


def test_a_path_of_another_host(host: Host) -> None:
    """
    A local path is claimed by the host that added it, and by no other.
    """
    host.clone("api")
    host.clone("web")
    look_and_stop(host, "api")
    sql(host.database, "UPDATE source_settings SET host = 'elsewhere'")

    held = look_and_stop(host, "web")

    assert held["api"] is None
    assert held["web"] is not None


def test_the_same_path_of_another_host(lone_host: Host) -> None:
    """
    The same path on two hosts is two repositories, and two sources.
    """
    lone_host.clone("api")
    with Store(lone_host.database) as store:
        store.configure(
            store.register(["api"])["api"], Settings(kind="git", url=f"{lone_host.folder}/api", host="elsewhere")
        )

    held = look_and_stop(lone_host, "api")

    assert held.pop("api") is None
    assert [f"{this_host()}:{lone_host.folder}/api"] == list(held)


def test_a_file_url_is_a_path(lone_host: Host) -> None:
    """
    A URL of a file belongs to its host, as the path does.
    """
    lone_host.clone("api")

    look_and_stop(lone_host, f"file://{lone_host.folder}/api")
    look_and_stop(lone_host, "api")

    assert {"api": 1} == ids(lone_host.database)
