"""Links between the documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


def anchors(document: Path) -> set[str]:
    """
    Return what may follow the # in a link to a document: its headings, as they are linked, and marks of its own.
    """
    text = document.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    return slugs.union(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """
    Every file that a document links to is there, and has the anchor that the link names.
    """
    links = LINK.findall(document.read_text(encoding="utf-8"))
    targets = [((document.parent / path).resolve() if path else document, anchor) for path, anchor in links]

    assert [] == [target for target, _ in targets if not target.exists()]
    assert [] == [(target, anchor) for target, anchor in targets if anchor and anchor not in anchors(target)]
