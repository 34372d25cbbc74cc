"""The table of corners in the documents, and the tests: neither without the other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_each_row_has_its_tests() -> None:
    """
    Every test that a row names is there, and every test is named by a row.
    """
    table = (ROOT / "docs" / "reference" / "corners.md").read_text(encoding="utf-8")
    rows = [line.rpartition(" | ")[2] for line in table.splitlines() if line.startswith("|")]
    named = [name for row in rows for name in re.findall(r"`([a-z0-9_]+)`", row)]
    written = [
        node.name.removeprefix("test_")
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]

    assert sorted(named) == sorted(set(written) - {"each_row_has_its_tests"})
