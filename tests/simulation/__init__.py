"""
A whole cluster in one process, on virtual time: the real engine and the real SQL under faults drawn from a seed.

    python -m tests.simulation --seed 7 --trace
"""
