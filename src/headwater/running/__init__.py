"""
What runs the sources that this master holds: when each is polled, what is recorded, and how it is said to fare.

A claim comes from the cluster engine (`Runner.begin`) and goes back to it (`Runner.end`, then `Holder.stopped`).
Between the two one task makes the rounds of its source::

    rest ──▶ brief ──▶ turn at its host ──▶ place on this master ──▶ poll ──▶ rest
     ▲ nudged by an edit or by somebody who asks for a check                 (schedule)

    runner.py      the tasks, one for each claim; a claim is never given back while its poll runs
    rounds.py      one source under one claim: rest, turn, poll, what became of it
    poll.py        one poll: look, fetch what moved, record each move under the claim
    rebasing.py    pure: what a poll compares with after the selection of refs was edited
    lasting.py     says of a poll that takes long how far it has come, and ends one that hangs
    schedule.py    pure: how long a source rests
    problems.py    pure: why a poll failed, and whose affair that is
    conditions.py  pure: how a source fares after a poll, given how it fared before
    states.py      pure: what readers are shown of a source, whoever holds it
    gates.py       pure: when the next poll of a host may begin
    hosts.py       the turns of polls at their hosts, and their places on this master
    reporting.py   tells the database how sources fare, in one batch a second at most
    following.py   asks the database every two seconds what was edited, and nudges
    pruning.py     deletes what is older than each source keeps it
    listening.py   the protocols of those who are told

Whoever runs sources does this, in one event loop::

    runner = Runner(AsyncStore(store.database), kinds=kinds(), workplace=Workplace(name="", cache=…, …),
                    listener=…, limits=Limits(in_flight=8, per_host=4, rate=10))
    engine = Engine(store, name=…, kinds=sorted(kinds()), …,
                    on_gain=lambda claim: loop.call_soon_threadsafe(runner.begin, claim, engine),
                    on_lose=lambda claim, why: loop.call_soon_threadsafe(runner.end, claim, why))
    await asyncio.to_thread(engine.start)
    serving = asyncio.create_task(runner.serve(engine))   # answers, follows edits, reports, prunes; until cancelled
    …
    serving.cancel()
    await runner.stop()                                   # every poll has ended, and the last conditions are told
    await asyncio.to_thread(engine.stop)

How often a source is polled, and everything else of it, is in its settings, which each poll reads anew. The name and
`on_progress` of the workplace are filled in for each source.

A check that somebody asked for (``store.ask_check``) counts as made (``checks_done``) when a poll for it has ended,
however that went; one with ``from_`` only when the commits were told again, or when trying on would not help. What
became of it is in the condition: its reason says so if no ref has the commit.
"""
