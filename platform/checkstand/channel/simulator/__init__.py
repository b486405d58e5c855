"""Simulators: each speaks its provider's wire protocol byte for byte, remembers, and obeys testers."""

from __future__ import annotations

from checkstand.channel.registry import Registry
from checkstand.channel.simulator import asgi, control
from checkstand.channel.simulator.env import AccountLookup, Credentials, SimClock, SimulatorEnv
from checkstand.channel.simulator.frame import SimulatorFrame


class SimulatorApp:
    """All simulators as one ASGI application, to be mounted at `env.base_path`."""

    def __init__(self, simulators: dict[str, SimulatorFrame], env: SimulatorEnv) -> None:
        self.simulators = simulators
        self._env = env

    async def startup(self) -> None:
        for simulator in self.simulators.values():
            await simulator.startup()

    async def shutdown(self) -> None:
        for simulator in self.simulators.values():
            await simulator.shutdown()

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        raw = (scope.get("raw_path") or scope["path"].encode()).decode("ascii", "replace")
        below = raw.removeprefix(self._env.base_path).lstrip("/")
        name = below.partition("?")[0].partition("/")[0]
        if name == "_control":
            request = await asgi.read_request(scope, receive, f"{self._env.base_path}/_control")
            await asgi.answer(send, await control.handle(self.simulators, self._env.control_token, request))
        elif name in self.simulators:
            await self.simulators[name](scope, receive, send)
        else:
            await asgi.answer(send, asgi.Response(404, b"no such simulator", {"content-type": "text/plain"}))

    async def _live(self, receive: asgi.Receive, send: asgi.Send) -> None:
        await receive()
        await self.startup()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.shutdown()
        await send({"type": "lifespan.shutdown.complete"})


def build_simulators(registry: Registry, env: SimulatorEnv) -> SimulatorApp:
    """Make the simulator of every channel that has one. Call `startup` and `shutdown` on one event loop."""
    simulators = {
        channel.manifest.name: channel.simulator(env, channel.manifest)
        for channel in registry.channels()
        if channel.simulator is not None
    }
    return SimulatorApp(simulators, env)


__all__ = [
    "AccountLookup",
    "Credentials",
    "SimClock",
    "SimulatorApp",
    "SimulatorEnv",
    "SimulatorFrame",
    "build_simulators",
]
