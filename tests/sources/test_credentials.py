"""Credentials: how a configuration says where secrets are, and what is done to keep them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from headwater.errors import CredentialError
from headwater.sources.credentials import Credential, Credentials
from headwater.sources.gitcommand import environment
from headwater.sources.login import KeyLogin, SecretLogin
from headwater.sources.secret import resolve

URL = "https://git.example/api.git"


def secret(reference: str) -> str:
    """
    Return the secret that a reference stands for.
    """
    return asyncio.run(resolve(reference))


def test_where_secrets_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A secret is the value of a variable, or the one line of a file or of what a command prints.
    """
    monkeypatch.setenv("TOKEN", "of the environment")
    (tmp_path / "my token").write_text("of a file\r\n", encoding="utf-8")

    assert secret("env:TOKEN") == "of the environment"
    assert secret(f"file:{tmp_path}/my token") == "of a file"
    assert secret("file:~/my token") == "of a file"
    assert secret(f"cmd:cat '{tmp_path}/my token'") == "of a file"


@pytest.mark.parametrize(
    ("why", "reference"),
    [
        ("the environment variable NO_SUCH_TOKEN is not set", "env:NO_SUCH_TOKEN"),
        ("/nowhere/token cannot be read: No such file or directory", "file:/nowhere/token"),
        ("its command failed with code 3", "cmd:sh -c 'echo hunter2; echo hunter2 >&2; exit 3'"),
        ("its command could not be started: .*/nowhere/vault", "cmd:/nowhere/vault hunter2"),
        ("its command could not be started: No closing quotation", "cmd:echo 'hunter2"),
        ("it is empty", "cmd:true"),
        ("it is more than one line", "cmd:printf 'hunter2\\nhunter3'"),
        ("it is more than one line", "cmd:printf 'hunter2\\0'"),
        ("it is longer than 4,096 bytes", "cmd:head -c 5000 /dev/zero"),
        ("it is not text in UTF-8", "cmd:printf 'hunter2\\377'"),
    ],
)
def test_a_secret_that_cannot_be_had(why: str, reference: str) -> None:
    """
    Why a secret cannot be had is one sentence, which says nothing of the secret.
    """
    with pytest.raises(LookupError, match=why) as raised:
        secret(reference)

    assert "hunter2" not in str(raised.value)


def test_a_secret_that_does_not_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A command and a file that keep us waiting are given up, and the master goes on.
    """
    monkeypatch.setattr("headwater.sources.secret._PATIENCE", 0.2)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    async def wait() -> None:
        with pytest.raises(LookupError, match=r"pipe cannot be read within 0\.2 s"):
            await resolve(f"file:{pipe}")

    asyncio.run(wait())
    os.close(os.open(pipe, os.O_WRONLY))  # which lets the thread end that waits still
    with pytest.raises(LookupError, match=r"its command (gave no sign of life for|was not done after) 0\.2 s"):
        secret("cmd:sleep 1000")


def test_a_secret_whose_command_leaves_somebody_behind() -> None:
    """
    A secret that was printed whole is there soon, though a process that the command left keeps its output open.
    """
    assert asyncio.run(asyncio.wait_for(resolve("cmd:sh -c 'sleep 1000 & echo hunter2'"), 8)) == "hunter2"


def test_a_credential_whose_secret_cannot_be_had() -> None:
    """
    The source says which credential it is that cannot be used.
    """
    known = Credentials({"ci": Credential(hosts=("git.example",), secret="env:NO_SUCH_TOKEN")})

    with pytest.raises(CredentialError) as raised:
        asyncio.run(known.login("api", "ci", URL))

    expected = "api: the secret of the credential 'ci' cannot be had: the environment variable NO_SUCH_TOKEN is not set"
    assert expected == str(raised.value)


@pytest.mark.parametrize(
    ("why", "written"),
    [
        ("either a secret or a key", {"hosts": ["git.example"]}),
        ("either a secret or a key", {"hosts": ["git.example"], "secret": "env:TOKEN", "key": "/key"}),
        ("itself it does not belong here", {"hosts": ["git.example"], "secret": "hunter2"}),
        ("itself it does not belong here", {"hosts": ["git.example"], "secret": "env:"}),
        ("an absolute path", {"hosts": ["git.example"], "key": "hunter2"}),
        ("names the hosts", {"hosts": [], "secret": "env:TOKEN"}),
        ("is one line", {"hosts": ["git.example"], "secret": "env:TOKEN", "username": "ci\npassword=hunter2"}),
        ("'git.example/acme' is no host", {"hosts": ["git.example/acme"], "secret": "env:TOKEN"}),
        ("'git.example:port' is no host", {"hosts": ["git.example:port"], "secret": "env:TOKEN"}),
        ("'file:///srv' is no host", {"hosts": ["file:///srv"], "secret": "env:TOKEN"}),
        ("'' is no host", {"hosts": [""], "secret": "env:TOKEN"}),
        ("unknown field `password`", {"hosts": ["git.example"], "password": "hunter2"}),
    ],
)
def test_a_credential_that_is_none(why: str, written: dict[str, object]) -> None:
    """
    What a configuration must not say of a credential is refused, without telling a secret that stands there.
    """
    with pytest.raises(msgspec.ValidationError, match=why) as raised:
        msgspec.convert(written, Credential)

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("hosts", "key", "url", "may"),
    [
        (("git.example",), None, "https://git.example/api.git", True),
        (("git.example",), None, "https://GIT.example:443/api.git", True),
        (("git.example",), None, "http://git.example/api.git", False),
        (("git.example",), None, "https://git.example:8443/api.git", False),
        (("git.example:8443",), None, "https://git.example:8443/api.git", True),
        (("git.example",), None, "https://git.example.evil/api.git", False),
        (("git.example",), None, "https://evil.git.example/api.git", False),
        (("http://git.example",), None, "http://git.example/api.git", True),
        (("http://git.example",), None, "https://git.example/api.git", False),
        (("git.example",), None, "git@git.example:api.git", False),
        (("a.example", "git.example"), "/key", "git@git.example:api.git", True),
        (("git.example",), "/key", "ssh://git@git.example:22/api.git", True),
        (("git.example",), "/key", "ssh://git@git.example:2222/api.git", False),
        (("git.example",), "/key", "https://git.example/api.git", False),
    ],
)
def test_a_credential_is_for_its_hosts_only(hosts: tuple[str, ...], key: str | None, url: str, *, may: bool) -> None:
    """
    A credential is used for the hosts that it names, by https or ssh unless it says otherwise, and at their ports.
    """
    known = Credentials({"ci": Credential(hosts=hosts, key=key, secret=None if key else "env:TOKEN")})

    if may:
        assert known.check("api", "ci", url).hosts == hosts
    else:
        with pytest.raises(CredentialError, match="the credential 'ci' is not for "):
            known.check("api", "ci", url)


def test_a_path_needs_no_credential() -> None:
    """
    A credential for a path on this host is refused.
    """
    known = Credentials({"ci": Credential(hosts=("git.example",), secret="env:TOKEN")})

    with pytest.raises(
        CredentialError, match="a path on this host needs no credential: take 'ci' away from the source"
    ):
        known.check("api", "ci", "/srv/api.git")


def test_variables_with_secrets_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A variable in which a secret stands is neither in git's environment nor in that of another secret's command.

    Nor is one that leads into a database.
    """
    hidden = {"TOKEN", "HEADWATER_DATABASE", "PGPASSWORD", "MYSQL_PWD"}
    for name in hidden:
        monkeypatch.setenv(name, "hunter2")
    known = Credentials(
        {
            "one": Credential(hosts=("git.example",), secret="env:TOKEN"),
            "other": Credential(hosts=("git.example",), secret="cmd:sh -c 'env | grep -c hunter2 || true'"),
        }
    )

    login = asyncio.run(known.login("api", "other", URL))

    assert isinstance(login, SecretLogin)
    assert login.secret == "0"
    assert hidden.isdisjoint(environment(os.environ, known.variables))


def test_a_secret_is_not_shown() -> None:
    """
    What holds a secret does not show it when it is printed.
    """
    login = SecretLogin(scope="https://git.example", username="ci", secret="hunter2")

    with login.given() as given:
        assert "hunter2" not in f"{login!r} {login!s} {given!r}"


def test_a_secret_is_told_once() -> None:
    """
    Whoever reads the pipe has the secret, and after that nobody: it is there neither twice nor afterwards.
    """
    with SecretLogin(scope="https://git.example", username="ci", secret="hunter2").given() as given:
        [descriptor] = given.descriptors
        command = ["cat", f"/dev/fd/{descriptor}"]
        told = [
            subprocess.run(command, stdout=subprocess.PIPE, pass_fds=given.descriptors, check=True).stdout
            for _ in range(2)
        ]

    assert told == [b"username=ci\npassword=hunter2\n", b""]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_key_for_ssh(tmp_path: Path) -> None:
    """
    Ssh itself says that it would use the key, none of the usual ones, and ask nobody.
    """
    key = tmp_path / "my key"

    said = said_by_ssh(key, "none")

    assert [line for line in said if line.startswith("identityfile ")] == [f"identityfile {key}"]
    assert {"batchmode yes", "identitiesonly yes"} < set(said)


def test_a_key_for_ssh_beside_what_the_user_has_set_up(tmp_path: Path) -> None:
    """
    The key comes before one that the configuration of ssh names for the host; the way to the host is as it says.
    """
    key, config = tmp_path / "my key", tmp_path / "config"
    config.write_text("Host git.example\nProxyJump gate.example\nIdentityFile /another\n", encoding="utf-8")

    said = said_by_ssh(key, str(config))

    assert [line for line in said if line.startswith("identityfile ")] == [
        f"identityfile {key}",
        "identityfile /another",
    ]
    assert "proxyjump gate.example" in said


def said_by_ssh(key: Path, config: str) -> list[str]:
    """
    Return how ssh would go to a host that a credential's key is for, a line for each setting.
    """
    if shutil.which("ssh") is None:
        pytest.skip("there is no ssh: apt-get install openssh-client")
    key.write_text("not read", encoding="utf-8")
    with KeyLogin(key=str(key)).given() as given:
        command = f"{given.environment['GIT_SSH_COMMAND']} -F {config} -G git.example"
    return subprocess.run(command, shell=True, check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()  # noqa: S602
