"""From nobody to the first paid test order and on to live, as a new business unit goes, by what the pages tell."""

from __future__ import annotations

import http.server
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import yaml
from playwright.sync_api import Page, expect
from tests.browser.shopper import finish_at_channel, pay, sees
from tests.demo_server import DemoServer, free_port

from checkstand.channel import Registry

PASSWORD = "a lantern in the rain"


class _Hook(http.server.BaseHTTPRequestHandler):
    """The business unit's server: says 204 to every message."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook_url() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), _Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hooks"
    server.shutdown()


class Steps:
    """Prints each step with the time it took."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.began = self._last = time.monotonic()

    def done(self, name: str) -> None:
        now = time.monotonic()
        with self._capsys.disabled():
            print(f"\nonboarding: {name} {now - self._last:.1f} s (at {now - self.began:.1f} s)", end="")
        self._last = now


def test_from_sign_up_to_the_first_paid_test_order_and_to_live(
    browse: Callable[..., Page], demo: DemoServer, hook_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    steps, page = Steps(capsys), browse()
    unit = f"lantern-{time.time_ns() % 10**9}"

    page.goto(f"{demo.base_url}/admin/sign-up")
    page.get_by_label("Name").fill("Nia")
    page.get_by_label("E-mail").fill(f"{unit}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_test_id("sign-up").click()
    page.get_by_label("Name", exact=True).fill("Lantern Books")
    page.locator("input[name=unit_id]").fill(unit)
    page.get_by_test_id("create-unit").click()
    expect(page.get_by_test_id("mode-banner")).to_contain_text("Test mode")
    steps.done("signed up and created a business unit")

    page.get_by_test_id("do-template").click()
    page.goto(f"{demo.base_url}/admin/u/{unit}/test/studio/_gallery")
    page.get_by_test_id("use-mall-order").click()
    expect(page.get_by_test_id("source")).to_contain_text("checkout/v1")
    steps.done("picked a template")

    page.locator("input[name=primary]").fill("#7a1fa2")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("source")).to_contain_text("#7a1fa2")
    preview = page.frame_locator("[data-testid=preview]")
    expect(preview.get_by_test_id("pay")).to_be_visible()
    steps.done("changed a colour and saw the preview")

    page.get_by_test_id("publish").click()
    page.get_by_test_id("publish").click()
    expect(page.get_by_test_id("pointer-test")).to_have_attribute("data-version", re.compile("[0-9a-f]{64}"))
    steps.done("published to test")

    page.goto(f"{demo.base_url}/admin/u/{unit}/test/developers/webhooks")
    page.locator("input[name=url]").fill(hook_url)
    page.get_by_test_id("add-endpoint").click()
    expect(page.get_by_test_id("secret")).to_contain_text("whsec_")
    page.get_by_test_id("tab-keys").click()
    page.get_by_test_id("create-key").click()
    expect(page.get_by_test_id("secret")).to_contain_text("sk_test_")
    snippet = page.get_by_test_id("snippet-python").text_content() or ""
    steps.done("connected a webhook and made a key")

    ran = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, check=True, timeout=60)
    session = {"url": ran.stdout.strip()}
    assert session["url"].startswith(f"{demo.base_url}/c/"), ran.stdout
    steps.done("ran the quickstart")

    shopper = browse()
    shopper.goto(session["url"])
    pay(shopper, "ali")
    finish_at_channel(shopper, session)
    sees(shopper, "paid")
    steps.done("paid at the simulator")

    page.goto(f"{demo.base_url}/admin/u/{unit}/test/developers/deliveries")
    for _ in range(60):
        if page.get_by_test_id("delivery").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_test_id("delivery").first).to_contain_text("204")
    page.goto(f"{demo.base_url}/admin/u/{unit}/test/home")
    for task in ("unit", "template", "try", "webhook"):
        expect(page.get_by_test_id(f"task-{task}")).to_have_attribute("data-state", "done")
    steps.done("saw the webhook and the finished tasks")

    _operators_open_live_accounts(demo, unit)
    page.goto(f"{demo.base_url}/admin/u/{unit}/test/publishing/mall-order")
    page.get_by_test_id("request-live").click()
    page.get_by_test_id("open-request").get_by_role("link").click()
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "requested")
    request_url = page.url
    expect(page.get_by_test_id("own")).to_be_visible()
    expect(page.get_by_test_id("approve")).to_have_count(0)
    steps.done("passed the checks and requested live")

    page.goto(f"{demo.base_url}/admin/u/{unit}/test/people")
    page.locator("input[name=email]").fill(f"second-{unit}@example.com")
    page.locator("#f-role").select_option("reviewer")
    page.get_by_test_id("invite").click()
    second = browse()
    second.goto(page.get_by_test_id("invitation-link").inner_text())
    second.get_by_role("link", name="Create an account").click()
    second.get_by_label("Name").fill("Sue")
    second.get_by_label("E-mail").fill(f"second-{unit}@example.com")
    second.get_by_label("Password").fill(PASSWORD)
    second.get_by_test_id("sign-up").click()
    second.get_by_test_id("accept").click()
    steps.done("a second person joined")

    second.goto(request_url)
    second.get_by_test_id("approve").click()
    expect(second.get_by_test_id("state")).to_have_attribute("data-state", "approved")
    second.goto(f"{demo.base_url}/admin/u/{unit}/live/publishing/mall-order")
    expect(second.get_by_test_id("pointer-live")).to_have_attribute("data-version", re.compile("[0-9a-f]{64}"))
    second.goto(f"{demo.base_url}/admin/u/{unit}/test/home")
    expect(second.get_by_test_id("all-done")).to_be_visible()
    steps.done("approved: live")


def _operators_open_live_accounts(demo: DemoServer, unit: str) -> None:
    """The one step that is not the business unit's own: real credentials, on the command line."""
    for channel in ("wechat_pay", "alipay"):
        made = Registry.load().channel(channel).test_credentials()
        path = demo.folder / f"{channel}.yaml"
        path.write_text(yaml.safe_dump({name: value for name, value in made.items() if not name.startswith("sim_")}))
        command = ["channels", "open-account", channel, "--tenant", unit, "--credentials", str(path)]
        environment = {**os.environ, "CHECKSTAND_VAR_DIR": str(demo.folder / "var")}
        subprocess.run([sys.executable, "-m", "checkstand", *command], env=environment, check=True, timeout=60)
        path.unlink()
