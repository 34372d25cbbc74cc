"""The faces do what the rules say."""

from __future__ import annotations

import os
from zlib import crc32

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Machine
from tests.model.store_machine import StoreMachine
from tests.model.world import World

MACHINES = {"blocking": StoreMachine, "awaiting": StoreMachine, "connector": Machine}


@pytest.mark.timeout(600)
def test_a_face_does_what_the_rules_say(world: World, face: str, request: pytest.FixtureRequest) -> None:
    """
    Whatever is asked, alone or with 64 calls in flight, the answers and the tables are as the rules have them.

    Of calls that were in flight together, those about one source have an order in which all of them are so.
    """
    machine = type(request.node.name, (MACHINES[face],), {"world": world})
    profile = os.environ.get("HYPOTHESIS_PROFILE", "model")
    if profile == "model":
        seed(crc32(request.node.name.encode()))(machine)

    run_state_machine_as_test(machine, settings=settings.get_profile(profile))
