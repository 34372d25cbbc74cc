"""
A master is killed at each point of one poll, another one goes on, and the feed is compared with what was pushed.

    python -m tests.faultpoints sqlite|postgresql|mariadb [--all]

The death is SIGKILL. A point is right before or right after an event, and an event is whatever a poll does to the
world around it: a statement that is sent to the database (BEGIN and COMMIT among them), a git that is started, a git
that is ended. They are counted in a poll in which nobody dies. The git that a killed master leaves behind goes on.

Not tried: a death of the successor too, of the database's host, or in the middle of a statement.

    points.py     pure: all points, or some of them
    scene.py      the repository, what is pushed to it, and sources that saw what was there before
    worker.py     one master, in a process of its own: joins, claims, polls, and dies where it is told to
    forks.py      processes that begin where this one is, with everything imported
    trial.py      one point after the other: a death, a successor, a look
    checker.py    pure: what was lost, doubled, out of order
"""
