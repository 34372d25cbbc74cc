"""The root of all errors."""

from __future__ import annotations


class HeadwaterError(Exception):
    """
    The root of Headwater's own errors.
    """
