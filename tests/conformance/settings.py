"""Settings for tests that edit them, and what became of them."""

from __future__ import annotations

from headwater import Settings, Store


def git(url: str = "https://example.com/api.git", **more: object) -> Settings:
    """
    Return settings.
    """
    return Settings(kind="git", url=url, **more)  # type: ignore[arg-type]


def settings_of(store: Store, id_: int) -> Settings | None:
    """
    Return the settings of a source.
    """
    brief = store.brief(id_)
    return None if brief is None else brief.settings
