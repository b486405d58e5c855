"""Several ASGI apps on one port, told apart by the beginning of the path; each still sees its whole path."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]  # every framework has its own types for the three


class Dispatcher:
    """`Dispatcher(platform, {"/shop": shop, "/sim": simulators})`; the longest prefix wins."""

    def __init__(self, rest: App, mounts: Mapping[str, App]) -> None:
        self._rest = rest
        self._mounts = sorted(mounts.items(), key=lambda mount: -len(mount[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(list(dict.fromkeys([self._rest, *(app for _, app in self._mounts)])), receive, send)
            return
        path = scope["path"]
        for prefix, app in self._mounts:
            if path == prefix or path.startswith(prefix + "/"):
                await app(scope, receive, send)
                return
        await self._rest(scope, receive, send)


async def _live(apps: list[App], receive: Receive, send: Send) -> None:
    """Start all apps, then answer the server; at the end stop them in reverse, whatever one of them says."""
    await receive()
    lives = [_Life(app) for app in apps]
    for life in lives:
        problem = await life.start()
        if problem is not None:
            for started in reversed(lives[: lives.index(life)]):
                await started.stop()
            await send({"type": "lifespan.startup.failed", "message": problem})
            return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for life in reversed(lives):
        await life.stop()
    await send({"type": "lifespan.shutdown.complete"})


class _Life:
    """The lifespan of one app, driven by two queues."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._to: asyncio.Queue[Message] = asyncio.Queue()
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> str | None:
        """What keeps the app from starting; None when it has started or has no lifespan at all."""
        self._task = asyncio.create_task(self._run())
        await self._to.put({"type": "lifespan.startup"})
        said = await self._said.get()
        return str(said.get("message", "")) if said["type"] == "lifespan.startup.failed" else None

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            await self._to.put({"type": "lifespan.shutdown"})
            await self._said.get()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        started = False

        async def say(message: Message) -> None:
            nonlocal started
            started = True
            await self._said.put(message)

        try:
            await self._app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, self._to.get, say)
        except Exception:
            # An app without a lifespan says so by raising before it says anything; later, it is over anyway.
            if started:
                await self._said.put({"type": "lifespan.shutdown.failed"})
                return
        await self._said.put({"type": "lifespan.startup.complete"})
