"""What a Headwater SQL template may say, and how a dialect turns it into its own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from headwater.store.dialect import Dialect, as_json

_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")
_AMONG = re.compile(r"IN :(\w+)")
_GIVEN = re.compile(r"\{given: ([^}]*)\}")
_KEEPING = re.compile(r"\{or_keep: (\w+)\.(\w+)\}")
_REPLACING = re.compile(r"\{(or_replace|or_newer): (\w+)\.(\w+) \(([\w, ]+)\)\}")
_FRAGMENT = re.compile(r"\{(\w+)\}")


def spell(template: str, dialect: Dialect) -> str:
    """
    Turn a template into the SQL of one dialect.

    - ``x IN :ids`` takes a list as one parameter.
    - ``{given: name text, hash text} AS g`` is a table of the rows in the parameter ``:rows``.
    - ``{or_keep: table.column}`` ends an INSERT that leaves a row that is there as it is.
    - ``{or_replace: table.column (a, b)}`` ends one that sets a and b where a row is there.
    - ``{or_newer: table.column (a, b)}`` does so unless its b is less than that of the row.
    - ``{now}``, ``{for_share}`` … are the fragments in ``dialects.py``.
    """
    sql = _GIVEN.sub(lambda m: dialect.given(_columns(m[1])), template)
    sql = _KEEPING.sub(lambda m: dialect.or_keep(m[1], m[2]), sql)
    sql = _REPLACING.sub(lambda m: getattr(dialect, m[1])(m[2], m[3], m[4].split(", ")), sql)
    sql = _FRAGMENT.sub(lambda m: dialect.fragments[m[1]], sql)
    sql = _AMONG.sub(lambda m: dialect.among(m[1]), sql)
    return _PARAMETER.sub(lambda m: dialect.parameter(m[1]), sql)


def bind(values: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    """
    Turn the values of a statement's parameters into what the dialect's driver takes.
    """
    return {name: _bound(name, value, dialect) for name, value in values.items()}


def _bound(name: str, value: Any, dialect: Dialect) -> Any:
    if name == "rows":
        return as_json(value)
    return dialect.listed(value) if isinstance(value, list) else value


def _columns(declared: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind in (column.split() for column in declared.split(", "))]
