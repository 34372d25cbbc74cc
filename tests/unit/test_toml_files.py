"""The configuration of a host and the file of sources are read strictly, and every fault is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.cli.configuration import configuration_in
from headwater.cli.sourcesfile import sources_in
from headwater.cli.tomlfiles import FileError
from headwater.errors import CredentialError
from headwater.identity import host
from headwater.values import Settings

HOSTS = 'hosts = ["git.example"]'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """
    A file that is not there yet.
    """
    return tmp_path / "some.toml"


def test_a_configuration(file: Path) -> None:
    """
    Credentials, folders and limits are what the file says; what it does not say is as usual.
    """
    file.write_text(
        f"""
        [credentials.ci]
        {HOSTS}
        secret = "env:CI_TOKEN"
        [paths]
        roots = ["/srv/git", "/home"]
        [limits]
        rate = 2.5
        """
    )
    configuration = configuration_in(file)

    assert "env:CI_TOKEN" == configuration.credentials.check("api", "ci", "https://git.example/x").secret
    assert (Path("/srv/git"), Path("/home")) == configuration.roots
    assert (2.5, 8, 4) == (configuration.limits.rate, configuration.limits.in_flight, configuration.limits.per_host)


def test_no_configuration() -> None:
    """
    Without a file there are no credentials, and every folder may be read.
    """
    configuration = configuration_in(None)

    assert (Path("/"),) == configuration.roots
    with pytest.raises(CredentialError):
        configuration.credentials.check("api", "ci", "https://git.example/x")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("limits", "is not TOML: Expected '=' after a key"),
        ("limits = 3", "limits: a table is expected here, written [limits]"),
        ("[limit]", "limit: there is no such key; there are credentials, paths and limits"),
        ("[sources.api]", "sources: there is no such key; there are credentials, paths and limits; [sources] belong"),
        ("[limits]\nin_flight = '8'", "limits.in_flight: a whole number is expected, not a text in quotes"),
        ("[limits]\nin_flight = 0", "limits: in_flight of 0 lets nothing through"),
        ("[limits]\nper-host = 8", "limits.per-host: there is no such key; there are in_flight, per_host and rate"),
        ("[paths]", "paths.roots: is missing"),
        ("[paths]\nroots = '/'", "paths.roots: a list is expected, not a text in quotes"),
        ("[paths]\nroots = ['/srv', 3]", "paths.roots[1]: a text in quotes is expected, not a whole number"),
        ("[paths]\nroots = ['srv']", "paths.roots[0]: 'srv' is no absolute path"),
        ("credentials = 3", "credentials: tables are expected here, written [credentials.NAME]"),
        ("[credentials]\nci = 3", "credentials.ci: a table is expected here, written [credentials.ci]"),
        (f"[credentials.ci]\n{HOSTS}", "credentials.ci: a credential has either a secret or a key"),
        (f"[credentials.ci]\n{HOSTS}\nuser = 'x'", "credentials.ci.user: there is no such key; there are hosts, "),
        ("[credentials.ci]\nsecret = 'env:X'", "credentials.ci.hosts: is missing"),
    ],
)
def test_faults_of_a_configuration(file: Path, text: str, sentence: str) -> None:
    """
    A fault is told with the file, the key, and what would be right.
    """
    file.write_text(text)
    with pytest.raises(FileError) as refused:
        configuration_in(file)

    assert str(refused.value).startswith(f"{file}: {sentence}")


def test_a_secret_in_a_configuration_is_not_repeated(file: Path) -> None:
    """
    Who writes the secret itself into the file is told how it is done, without the secret.
    """
    file.write_text(f"[credentials.ci]\n{HOSTS}\nsecret = 'hunter2'")
    with pytest.raises(FileError, match="env:NAME, file:/a/path or cmd:command") as refused:
        configuration_in(file)

    assert "hunter2" not in str(refused.value)


def test_a_file_that_cannot_be_read(file: Path) -> None:
    """
    A file that is missing, or no text, is one sentence.
    """
    with pytest.raises(FileError, match=r"some\.toml: cannot be read: No such file or directory"):
        configuration_in(file)
    file.write_bytes(b"\xff")
    with pytest.raises(FileError, match=r"some\.toml: is not in UTF-8, as TOML is"):
        sources_in(file)


def test_sources(file: Path) -> None:
    """
    Each source has what stands in its table, else what stands in the defaults; paths begin at the file's folder.
    """
    file.write_text(
        """
        [defaults]
        poll = "30s"
        refs = ["main"]
        [sources.api]
        url = "api"
        [sources."web site"]
        url = "https://git.example/web.git"
        poll = 5
        tags = true
        [sources.files]
        kind = "bucket"
        url = "s3://acme"
        options.prefix = "a/"
        [sources.svn]
        kind = "inject"
        """
    )

    assert {
        "api": Settings(kind="git", url=f"{file.parent}/api", host=host(), poll=30.0, refs=("main",)),
        "web site": Settings(kind="git", url="https://git.example/web.git", poll=5.0, refs=("main",), tags=True),
        "files": Settings(kind="bucket", url="s3://acme", poll=30.0, refs=("main",), options={"prefix": "a/"}),
        "svn": Settings(kind="inject", url="", poll=30.0, refs=("main",)),
    } == sources_in(file)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[source.api]", "source: there is no such key; there are sources and defaults"),
        ("[credentials.ci]", "credentials: there is no such key; there are sources and defaults; [credentials], "),
        ("[[sources]]", "sources: tables are expected here, written [sources.NAME]"),
        ("defaults = 3", "defaults: a table is expected"),
        ("[defaults]\nurl = 'x'", "defaults.url: there is no such key; there are kind, poll, refs, "),
        ("[defaults]\npoll = 'x'", "defaults.poll: 'x' is no duration"),
        ("[sources.api]", "sources.api.url: is missing, and says what is to be watched"),
        ("[sources.api]\nurl = 3", "sources.api.url: a text in quotes is expected, not 3"),
        ("[sources.'a b']\nurl = 'x'\npoll = true", 'sources."a b".poll: a text in quotes is expected, not True'),
        ("[sources.api]\nurl = 'x'\nrefs = 'main'", 'sources.api.refs: a list of texts is expected, as ["main", '),
        ("[sources.api]\nurl = 'x'\ntags = 'yes'", "sources.api.tags: true or false is expected, not 'yes'"),
        ("[sources.api]\nurl = 'x'\noptions = 3", "sources.api.options: a table of texts is expected, not 3"),
        ("[sources.'']\nurl = 'x'", "sources.\"\".name: '' is no name"),
    ],
)
def test_faults_of_a_file_of_sources(file: Path, text: str, sentence: str) -> None:
    """
    A fault is told with the file, the key, and what would be right.
    """
    file.write_text(text)
    with pytest.raises(FileError) as refused:
        sources_in(file)

    assert str(refused.value).startswith(f"{file}: {sentence}")
