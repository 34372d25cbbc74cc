"""Processes that are there at once: forked from one that has imported what they need, and has done nothing yet."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext


def forking(*modules: str) -> ForkServerContext:
    """
    Return the context whose processes have imported these modules; twenty that start anew would be busy with that.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    return context
