"""
The corners of watching a repository: each test is named after one row of docs/reference/corners.md.

All of them poll real repositories by real git, and record in a real database. Left for later, and so without a test
of what they will do: a rewrite of most refs at once, a repository that says where it has moved, peeled tags, a mark
on commits that another ref had first. A commit that asks to skip CI is told like any other.
"""
