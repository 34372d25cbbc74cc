"""Times of a cluster that are short, and long enough for a machine with much to do."""

from __future__ import annotations

from headwater import Timing

QUICK = Timing(heartbeat=0.2, statement=1.0, lease=2.5, expiry=3.5)
