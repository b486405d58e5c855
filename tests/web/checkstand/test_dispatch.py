"""Several apps on one port."""

import asyncio

import pytest
from tests.aside import run as run_aside

from checkstand.web.dispatch import Dispatcher


class App:
    def __init__(self, name, log, fails=False):
        self.name, self.log, self.fails = name, log, fails

    async def __call__(self, scope, receive, send):
        if scope["type"] != "lifespan":
            self.log.append((self.name, scope["path"]))
            return
        await receive()
        if self.fails:
            await send({"type": "lifespan.startup.failed", "message": f"{self.name} has no database"})
            return
        self.log.append(f"{self.name} starts")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.log.append(f"{self.name} stops")
        await send({"type": "lifespan.shutdown.complete"})


async def app_without_lifespan(scope, receive, send):
    assert scope["type"] != "lifespan"


def live(dispatcher):
    """Run one lifespan and tell what the server was told."""
    told = []

    async def run():
        said = asyncio.Queue()
        for type_ in ("lifespan.startup", "lifespan.shutdown"):
            said.put_nowait({"type": type_})

        async def send(message):
            told.append(message)

        await dispatcher({"type": "lifespan"}, said.get, send)

    run_aside(asyncio.wait_for(run(), 5))
    return told


PATHS = [
    ("/", "rest"),
    ("/shop", "shop"),
    ("/shop/orders", "shop"),
    ("/shopping", "rest"),
    ("/sim/wechat_pay/v3", "wechat"),
    ("/sim/x", "sim"),
]


@pytest.mark.parametrize(("path", "name"), PATHS)
def test_the_longest_prefix_decides_and_the_path_stays_whole(path, name):
    log = []
    apps = {"/shop": App("shop", log), "/sim": App("sim", log), "/sim/wechat_pay": App("wechat", log)}

    run_aside(Dispatcher(App("rest", log), apps)({"type": "http", "path": path}, None, None))

    assert log == [(name, path)]


def test_apps_start_in_order_and_stop_in_reverse():
    log = []

    told = live(Dispatcher(App("rest", log), {"/shop": App("shop", log)}))

    assert log == ["rest starts", "shop starts", "shop stops", "rest stops"]
    assert [message["type"] for message in told] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_one_app_that_cannot_start_stops_those_that_did():
    log = []

    told = live(Dispatcher(App("rest", log), {"/shop": App("shop", log, fails=True)}))

    assert told == [{"type": "lifespan.startup.failed", "message": "shop has no database"}]
    assert log == ["rest starts", "rest stops"]


def test_an_app_without_a_lifespan_is_no_obstacle():
    log = []

    told = live(Dispatcher(App("rest", log), {"/shop": app_without_lifespan}))

    assert [message["type"] for message in told] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_an_app_mounted_twice_starts_once():
    log = []
    shop = App("shop", log)

    live(Dispatcher(App("rest", log), {"/shop": shop, "/store": shop}))

    assert log.count("shop starts") == 1
