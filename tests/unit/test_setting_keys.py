"""What people write of a source becomes settings, or one sentence that says what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.cli.settingkeys import FORMS, WrongSettingError, given_as_words, given_in_toml, shown
from headwater.cli.settings import altered_settings, checked_name, new_settings
from headwater.identity import host
from headwater.values import Settings

HERE = Path("/")
API = Settings(kind="git", url="https://git.example/api.git", poll=30.0, refs=("main",))
BUCKET = Settings(kind="bucket", url="s3://acme", options={"prefix": "a/", "region": "x"})


def refusal(*pairs: str, of: Settings = API) -> str:
    """
    Return the sentence by which settings are refused.
    """
    with pytest.raises(WrongSettingError) as refused:
        altered_settings(of, given_as_words(pairs), folder=HERE)
    return refused.value.message


def test_every_setting_can_be_written() -> None:
    """
    Each field of the settings has a key, in the command line, in a file, and on the screen.
    """
    assert set(Settings.__struct_fields__) == set(FORMS)


def test_words_and_toml_say_the_same() -> None:
    """
    What a word says on the command line, a value says in a file.
    """
    words = given_as_words(
        ["poll=90s", "refs=main, release/*", "exclude=", "tags=yes", "first_parent=off", "credential=ci", "keep=2d"]
    )
    table = given_in_toml(
        {
            "poll": "90s",
            "refs": ["main", "release/*"],
            "exclude": [],
            "tags": True,
            "first_parent": False,
            "credential": "ci",
            "keep": 172_800,
        }
    )

    assert words == table
    assert {"poll": 90.0, "refs": ("main", "release/*"), "keep": 172_800.0, "exclude": ()}.items() <= table.items()


@pytest.mark.parametrize("key", FORMS)
def test_what_is_shown_can_be_typed(key: str) -> None:
    """
    A value is shown as somebody would type it.
    """
    settings = Settings(
        kind="git",
        url="/srv/api",
        host="ci-a",
        poll=0.25,
        refs=("main", "v*"),
        exclude=("x",),
        tags=True,
        first_parent=True,
        credential="ci",
        keep=86_400.0,
    )
    value = getattr(settings, key)

    if key != "options":
        assert {key: value} == given_as_words([f"{key}={shown(key, value)}"])


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        (["poll"], "'poll' is no key=value; the settings are url, kind, host, poll, "),
        (["pol=1s"], "pol: there is no such setting; the settings are url, "),
        (["first-parent=yes"], "first-parent: there is no such setting; first_parent is meant"),
        (["poll=1s", "poll=2s"], "poll: is given twice"),
        (["poll=soon"], "poll: 'soon' is no duration; write it like 500ms, 10s, 5m, 2h or 90d"),
        (["poll=0s"], "poll: '0s' is no duration; "),
        (["keep=99999999d"], "keep: '99999999d' is longer than a century"),
        (["tags=perhaps"], "tags: 'perhaps' is neither yes nor no"),
        (["options=x"], "options: write each option by itself, as options.NAME=VALUE"),
        (["options.x=y"], "options: a source of kind git takes none"),
        (["refs=main,,dev"], "refs: a pattern of refs is empty"),
        (["refs=--exec=id"], "refs: the pattern '--exec=id' begins with '-', as an option does"),
        (["credential=a b"], "credential: 'a b' is no name"),
        (["kind=svn"], "kind: it is git, and stays so: add another source of the other kind"),
        (["url="], "url: is empty"),
        (["url=ext::sh -c id"], "url: a URL with a transport helper (ext::) is not allowed"),
        (["host=ci-b"], "host: a URL is seen from every host; only a local path belongs to one"),
        (["url=/srv/api", "credential=ci"], "credential: a path on a host needs none"),
        (["url=api", "host=elsewhere"], "url: a local path must be absolute"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_is_refused(pairs: list[str], sentence: str) -> None:
    """
    A setting that does not do is refused with its key and what would be right.
    """
    assert refusal(*pairs).startswith(sentence)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("git", "https://ana:hunter2@git.example/api.git"),
        ("git", "https://hunter2@git.example/api.git"),
        ("git", "ana:hunter2@git.example:api.git"),
        ("bucket", "s3://ana:hunter2@acme"),
    ],
)
def test_a_secret_in_a_url(kind: str, url: str) -> None:
    """
    A URL with a user or a password is refused for every kind, the way to do it right is told, and the secret is not.
    """
    with pytest.raises(WrongSettingError) as refused:
        new_settings({"url": url, "kind": kind}, folder=HERE)

    assert "would end up in the database: write " in refused.value.message
    assert "hunter2" not in refused.value.message


def test_a_path_belongs_to_a_host(tmp_path: Path) -> None:
    """
    A path is one on this host, unless another is named; what is there is a path, though it looks like a URL.
    """
    (tmp_path / "git@host:x").mkdir()

    assert (f"{tmp_path}/api", host()) == place(new_settings({"url": "api"}, folder=tmp_path))
    assert (f"{tmp_path}/api", host()) == place(new_settings({"url": f"file://{tmp_path}/api"}, folder=HERE))
    assert ("/srv/api", "ci-b") == place(new_settings({"url": "/srv/api", "host": "ci-b"}, folder=tmp_path))
    assert (f"{tmp_path}/git@host:x", host()) == place(new_settings({"url": "git@host:x"}, folder=tmp_path))
    assert ("git@host:y", None) == place(new_settings({"url": "git@host:y"}, folder=tmp_path))


def place(settings: Settings) -> tuple[str, str | None]:
    """
    Return where a source is, and who can see it.
    """
    return settings.url, settings.host


def test_a_source_can_move() -> None:
    """
    A new URL replaces the old one and its host, and everything else stays as it was.
    """
    moved = altered_settings(API, given_as_words(["url=/srv/api", "host=ci-b"]), folder=HERE)
    back = altered_settings(moved, given_as_words([f"url={API.url}"]), folder=HERE)

    assert ("/srv/api", "ci-b", API.poll, API.refs) == (moved.url, moved.host, moved.poll, moved.refs)
    assert API == back


def test_another_kind_stays_on_its_host() -> None:
    """
    A source of a kind of one's own that one host runs is still run there when its URL changes.
    """
    pinned = altered_settings(BUCKET, given_as_words(["host=ci-b"]), folder=HERE)

    assert ("s3://other", "ci-b") == place(altered_settings(pinned, given_as_words(["url=s3://other"]), folder=HERE))


def test_options_are_set_one_by_one() -> None:
    """
    One option is set without the others, and taken away by an empty one.
    """
    changed = altered_settings(BUCKET, given_as_words(["options.region=", "options.depth=2"]), folder=HERE)

    assert {"prefix": "a/", "depth": "2"} == changed.options


@pytest.mark.parametrize("name", ["", "two\nlines", "\x1b[2J", "x" * 501])
def test_what_is_no_name(name: str) -> None:
    """
    A name is one line that can be shown.
    """
    with pytest.raises(WrongSettingError, match=r"^name: .* is no name; it is one line"):
        checked_name(name)
