"""The values that Headwater's verbs answer with: frozen, comparable, ready for JSON."""

from __future__ import annotations

from headwater.values.changes import Change, Commit, Move
from headwater.values.claims import Fence, Master, PastClaim, Peer, Pulse, Share, Source, Standing
from headwater.values.watching import INJECT, Brief, Condition, Edited, Pause, Report, Settings, State, Watched

__all__ = [
    "INJECT",
    "Brief",
    "Change",
    "Commit",
    "Condition",
    "Edited",
    "Fence",
    "Master",
    "Move",
    "PastClaim",
    "Pause",
    "Peer",
    "Pulse",
    "Report",
    "Settings",
    "Share",
    "Source",
    "Standing",
    "State",
    "Watched",
]
