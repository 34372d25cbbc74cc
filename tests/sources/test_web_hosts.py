"""Hosts on the web: what they are told to log in with, and what becomes of the poll if they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.errors import (
    AccessDeniedError,
    CredentialError,
    RepositoryNotFoundError,
    SourceError,
    UnreachableError,
)
from headwater.sources.credentials import Credential, Credentials
from headwater.sources.git import GitSource
from headwater.values import Settings

from .polling import look, poll
from .repository import Repository
from .watching import watch
from .webhost import WebHost, web_host

PASSWORD = "hunter2 über/all:%@"
OTHER = "ana:of the other"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """
    Where the password stands.
    """
    path = tmp_path / "secret"
    path.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return path


def credential(host: WebHost, secret: Path) -> Credentials:
    """
    Return the credentials of a master that knows one, named ci.
    """
    return Credentials({"ci": Credential(hosts=(host.url,), username="ana", secret=f"file:{secret}")})


def watch_with(credentials: Credentials, host: WebHost, cache: Path, *, name: str = "ci") -> GitSource:
    """
    Return the source that watches a host's only repository with a credential.
    """
    settings = Settings(kind="git", url=f"{host.url}/api.git", credential=name)
    return watch(settings.url, cache, credentials=credentials, settings=settings)


def test_a_repository_on_the_web(repository: Repository, cache: Path) -> None:
    """
    A repository behind a web server with git is watched like one on this host.
    """
    repository.commit("base")
    with web_host(repository.path.parent) as host:
        source = watch(f"{host.url}/api.git", cache)
        position = look(source)
        repository.history("one", "two")
        [told] = poll(source, position)

    assert told.messages == ["one", "two"]
    assert set(host.logins) == {""}


def test_a_host_that_wants_a_password(repository: Repository, cache: Path, secret_file: Path) -> None:
    """
    A source with a credential logs in with it, in every command of a poll, whatever letters it has.
    """
    repository.commit("base")
    with web_host(repository.path.parent, password=f"ana:{PASSWORD}") as host:
        source = watch_with(credential(host, secret_file), host, cache)
        position = look(source)
        repository.history("one", "two")
        [told] = poll(source, position)

    assert told.messages == ["one", "two"]


def test_a_password_that_is_changed(repository: Repository, cache: Path, secret_file: Path) -> None:
    """
    A new password is used at the next poll, without a new source; the position stays.
    """
    repository.commit("base")
    with web_host(repository.path.parent, password=f"ana:{PASSWORD}") as host:
        source = watch_with(credential(host, secret_file), host, cache)
        position = look(source)
        host.password = "ana:new"
        repository.commit("one")
        with pytest.raises(AccessDeniedError):
            poll(source, position)
        secret_file.write_text("new", encoding="utf-8")
        [told] = poll(source, position)

    assert told.messages == ["one"]


def test_a_wrong_password(repository: Repository, cache: Path, secret_file: Path) -> None:
    """
    A password that the host refuses is tried once, and said to be refused without being told.
    """
    repository.commit("base")
    with web_host(repository.path.parent, password=OTHER) as host:
        source = watch_with(credential(host, secret_file), host, cache)
        with pytest.raises(AccessDeniedError) as raised:
            look(source)

    assert str(raised.value) == f"api: Authentication failed for '{host.url}/api.git/'; its credential is 'ci'"
    assert [bool(login) for login in host.logins] == [False, True]


def test_a_password_that_nobody_gave(repository: Repository, cache: Path) -> None:
    """
    Without a credential the source says that the host wants one.
    """
    with web_host(repository.path.parent, password=OTHER) as host, pytest.raises(AccessDeniedError) as raised:
        look(watch(f"{host.url}/api.git", cache))

    assert raised.value.problem == f"{host.url} asks for a user and password, and the source has no credential for it"


def test_the_users_own_helper(repository: Repository, cache: Path, tmp_path: Path, secret_file: Path) -> None:
    """
    Git's own credential helper is asked if the source has no credential, and neither asked nor told if it has one.
    """
    asked = tmp_path / "asked"
    helper = f"!f() {{ echo $1 >>{asked}; echo username=ana; echo password=of the other; }}; f"
    (tmp_path / ".gitconfig").write_text(f'[credential]\n\thelper = "{helper}"\n', encoding="utf-8")
    with web_host(repository.path.parent, password=OTHER) as host, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
        look(watch(f"{host.url}/api.git", cache))
        without = asked.read_text(encoding="utf-8").split()
        asked.unlink()
        host.password = f"ana:{PASSWORD}"
        look(watch_with(credential(host, secret_file), host, cache))

    assert without == ["get", "store"]
    assert not asked.exists()


def test_sent_on_to_another_host(repository: Repository, cache: Path, secret_file: Path) -> None:
    """
    A repository that has moved to another host is watched there, as if no credential were known.
    """
    repository.commit("base")
    with web_host(repository.path.parent) as other, web_host(repository.path.parent, sends_on=other.url) as host:
        source = watch_with(credential(host, secret_file), host, cache)
        position = look(source)
        repository.commit("one")
        [told] = poll(source, position)

    assert told.messages == ["one"]
    assert set(other.logins) == {""}


@pytest.mark.parametrize("password", [None, f"ana:{PASSWORD}"], ids=["before the password", "after the password"])
def test_sent_on_to_a_host_that_wants_a_password(
    repository: Repository, cache: Path, secret_file: Path, password: str | None
) -> None:
    """
    A host that sends us on to another does not make us tell that one the password, though it asks for one.
    """
    root = repository.path.parent
    with web_host(root, password=OTHER) as other, web_host(root, password=password, sends_on=other.url) as host:
        source = watch_with(credential(host, secret_file), host, cache)
        with pytest.raises(AccessDeniedError):
            look(source)

    assert any(host.logins) is (password is not None)
    assert set(other.logins) == {""}


def test_a_credential_that_is_unknown_here(cache: Path, repository: Repository) -> None:
    """
    A credential that this master does not know is told with the place where it would be.
    """
    with web_host(repository.path.parent) as host, pytest.raises(CredentialError) as raised:
        watch_with(Credentials(), host, cache)

    expected = (
        "the credential 'ci' is unknown to this master: [credentials.ci] in its configuration is to say what it is"
    )
    assert raised.value.problem == expected
    assert host.logins == []


def test_a_credential_for_another_host(repository: Repository, cache: Path, secret_file: Path) -> None:
    """
    A credential is not used for a host, a port or a protocol that it does not name.
    """
    with web_host(repository.path.parent) as host:
        for named in ("git.example.com", "127.0.0.1", "http://127.0.0.1:1", f"ssh://127.0.0.1:{host.server_port}"):
            known = Credentials({"ci": Credential(hosts=(named,), secret=f"file:{secret_file}")})
            with pytest.raises(CredentialError, match=f"'ci' is not for {host.url}: its hosts"):
                watch_with(known, host, cache)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, AccessDeniedError),
        (404, RepositoryNotFoundError),
        (429, UnreachableError),
        (500, UnreachableError),
        (503, UnreachableError),
    ],
)
def test_a_host_that_refuses(tmp_path: Path, cache: Path, status: int, kind: type[SourceError]) -> None:
    """
    Whether a human or time can help is known by what the host answers.
    """
    with web_host(tmp_path, status=status) as host, pytest.raises(SourceError) as raised:
        look(watch(f"{host.url}/api.git", cache))

    assert type(raised.value) is kind


def test_a_repository_that_is_not_on_the_web(tmp_path: Path, cache: Path) -> None:
    """
    A host that has no such repository says so.
    """
    with web_host(tmp_path) as host, pytest.raises(RepositoryNotFoundError, match=r"api\.git/' not found"):
        look(watch(f"{host.url}/api.git", cache))


def test_nobody_listens(tmp_path: Path, cache: Path) -> None:
    """
    A host that is not there is not reachable.
    """
    with web_host(tmp_path) as host:
        pass

    with pytest.raises(UnreachableError, match=r"Failed to connect to 127\.0\.0\.1"):
        look(watch(f"{host.url}/api.git", cache))


def test_a_first_fetch_tells_how_far_it_is(repository: Repository, cache: Path) -> None:
    """
    What a fetch has got so far is told in short texts, the last of which says that it is done.
    """
    said: list[str] = []
    with web_host(repository.path.parent) as host:
        source = watch(f"{host.url}/api.git", cache, on_progress=said.append)
        position = look(source)
        repository.history(*map(str, range(120)))
        poll(source, position)

    assert said
    assert ": 100 %" in said[-1]
