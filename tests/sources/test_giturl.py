"""URLs: what is refused, what is shown, and where it is filed."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.errors import SourceError
from headwater.sources.git import GitSource
from headwater.sources.giturl import folder_name, redact


@pytest.mark.parametrize("url", ["", "--upload-pack=id", "ext::sh -c id", "fd::3", "file:///x\ny", "x\0y"])
def test_dangerous_urls_are_refused(url: str, tmp_path: Path) -> None:
    """
    What git would take for an option, a command or two lines never becomes a source.
    """
    with pytest.raises(SourceError):
        GitSource(url, cache=tmp_path)


@pytest.mark.parametrize(
    ("shown", "url"),
    [
        ("https://git.example/x.git", "https://ci:secret@git.example/x.git"),
        ("https://git.example/x@y", "https://p@ss@git.example/x@y"),
        ("git@git.example:x.git", "git@git.example:x.git"),
        ("/srv/git/x.git", "/srv/git/x.git"),
    ],
)
def test_user_information_is_not_shown(shown: str, url: str) -> None:
    """
    User and password of a URL are left out; the rest stays.
    """
    assert shown == redact(url)


def test_sources_do_not_share_a_folder() -> None:
    """
    Every source has a folder of its own, which a new password does not change.
    """
    url = "https://git.example/x.git"

    assert folder_name("a", url) != folder_name("b", url)
    assert folder_name("a", url) == folder_name("a", "https://ci:secret@git.example/x.git")


def test_a_source_is_called_by_its_url() -> None:
    """
    A source without a name is called by its URL, without the password.
    """
    source = GitSource("https://ci:secret@git.example/x.git", cache=Path("/nowhere"))

    assert source.name == "https://git.example/x.git"
