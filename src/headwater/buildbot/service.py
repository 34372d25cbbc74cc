"""The line in master.cfg: a Buildbot service that has the master's change sources claimed by Headwater."""

from __future__ import annotations

from typing import Any

from buildbot import config
from buildbot.db import changesources as buildbots
from buildbot.util.service import BuildbotService
from twisted.internet.defer import Deferred

from headwater.buildbot.keeper import Keeper
from headwater.buildbot.lease import timing
from headwater.buildbot.logs import say, send_to_twisted
from headwater.errors import HeadwaterError, TimingError
from headwater.identity import headwater_version

_FAILOVER = 15.0


class ChangeSourceClaims(BuildbotService):  # type: ignore[misc] # Buildbot has no types
    """
    Headwater inside Buildbot.

    >>> from buildbot.plugins import util  # doctest: +SKIP
    >>> c.setdefault("services", []).append(util.ChangeSourceClaims())  # doctest: +SKIP

    Args:
        failover: seconds after which other masters take over from one that was killed.
    """

    name = "change-source-claims"

    def checkConfig(self, failover: float = _FAILOVER) -> None:  # noqa: N802 - Buildbot's name
        """
        Refuse what does not go together; called while master.cfg is read.
        """
        try:
            timing(failover)
        except (TimingError, TypeError) as error:
            config.error(f"failover={failover!r}: {error}")
        _hook_into_the_start()

    async def _reconfigure(self, failover: float = _FAILOVER) -> None:
        keeper = keeper_of(self.master) or await install(self.master)
        keeper.begin(failover=failover)

    def reconfigService(self, **settings: Any) -> Deferred[None]:  # noqa: ANN401, N802 - Buildbot's signature
        """
        Take new settings, or begin: the line was added to a running master.
        """
        return Deferred.fromCoroutine(self._reconfigure(**settings))

    def stopService(self) -> Deferred[None]:  # noqa: N802 - Twisted's name
        """
        Put everything back if the line was removed; while the master ends, what comes late still goes this way.
        """
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        master = self.master
        await super().stopService()
        keeper = keeper_of(master)
        if keeper is None:
            return
        if master.running:
            await keeper.uninstall()
            del master._headwater  # noqa: SLF001 - a name that nobody else uses
            say("Buildbot holds the claims of change sources again")
        else:
            await keeper.stop()


def keeper_of(master: Any) -> Keeper | None:  # noqa: ANN401 - Buildbot has no types
    """
    Return what the plugin has installed in a master; None if nothing.
    """
    return getattr(master, "_headwater", None)


async def install(master: Any) -> Keeper:  # noqa: ANN401 - Buildbot has no types
    """
    Replace the connector of a master; one sentence in its log says so, or why not.
    """
    send_to_twisted()
    keeper = Keeper(master)
    try:
        await keeper.install()
    except HeadwaterError as error:
        say(f"Headwater cannot hold the claims of change sources: {error}")
        raise
    master._headwater = keeper  # noqa: SLF001 - a name that nobody else uses
    say(f"Headwater {headwater_version()} holds the claims of change sources")
    return keeper


def _hook_into_the_start() -> None:
    """
    Have Buildbot's component replaced before anything uses it: a service starts only after the first housekeeping.
    """
    original = buildbots.ChangeSourcesConnectorComponent.startService
    if getattr(original, "is_headwaters", False):
        return

    def start_service(component: Any) -> Any:  # noqa: ANN401 - Buildbot has no types
        original(component)
        master = component.db.master
        services = getattr(getattr(master, "config", None), "services", {})
        is_wanted = any(isinstance(service, ChangeSourceClaims) for service in services.values())
        if not is_wanted or keeper_of(master) is not None:
            return None
        return Deferred.fromCoroutine(install(master))

    start_service.is_headwaters = True  # type: ignore[attr-defined]
    buildbots.ChangeSourcesConnectorComponent.startService = start_service
