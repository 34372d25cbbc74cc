"""
Who runs what: a master joins, beats, claims what is free, and hands everything back when it stops.

The protocol is told in prose in docs/explanation/claiming.md. Not here yet: leases, expiry and fair shares; until
then nobody takes the sources of a master that was killed, and `headwater release` frees them.
"""
