"""`checkstand demo` as people use it: start, buy, stop, start again, start over."""

import re
import socket
import sqlite3
import stat
import subprocess
import sys
import time

import httpx
import pytest
from tests.demo_server import DemoServer, free_port


@pytest.fixture
def demo(tmp_path):
    server = DemoServer(tmp_path)
    yield server
    if server.process is not None:
        server.kill()


def buy_with_balance(demo):
    """Buy the atlas as a browser without JavaScript would; the order's number."""
    with httpx.Client(trust_env=False, follow_redirects=True, timeout=20) as browser:
        bought = browser.post(f"{demo.shop_url}/orders", data={"good": "mountains-and-seas"})
        assert "/c/" in str(bought.url), bought.text
        form = {
            "method": "bal",
            **dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', bought.text)),
        }
        paid = browser.post(f"{bought.url}/payments", data=form)
        assert paid.is_success, paid.text
        orders = browser.get(f"{demo.shop_url}/orders").text
    return re.search(r"/shop/orders/(LB-[\w-]+)", orders)[1]


def status(demo, order_no):
    page = httpx.get(f"{demo.shop_url}/orders/{order_no}", trust_env=False)
    return re.search(r'data-status="(\w+)"', page.text)[1] if page.is_success else None


def status_becomes(demo, order_no, wanted, within_s=20):
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if status(demo, order_no) == wanted:
            return True
        time.sleep(0.1)  # until the merchant was told, or the deadline
    return False


def test_an_order_is_paid_and_survives_a_kill(demo):
    demo.start()
    address = demo.address
    order_no = buy_with_balance(demo)
    assert status_becomes(demo, order_no, "paid")

    demo.kill()
    demo.start()

    assert status(demo, order_no) == "paid"
    kept = demo.address
    same = ("api_key", "webhook_secret", "admin_password")
    assert [kept[name] for name in same] == [address[name] for name in same]
    assert sign_in(kept).headers["location"] == "/admin/"


def test_a_lost_address_file_gives_the_administrator_a_new_password(demo):
    demo.start()
    lost = demo.address
    demo.stop()
    (demo.folder / "var" / "demo.json").unlink()

    demo.start()

    assert sign_in(lost).status_code == 401
    assert sign_in(demo.address).headers["location"] == "/admin/"


def test_the_console_has_a_past_that_balances(demo):
    demo.start()
    address = demo.address
    until = time.monotonic() + 150
    batches = 0
    while batches < 17 and time.monotonic() < until:
        time.sleep(0.5)  # until its past is written, or the deadline
        with sqlite3.connect(demo.folder / "var" / "checkstand.db") as database:
            orders = database.execute("SELECT count(*) FROM business_order").fetchone()[0]
            batches = database.execute("SELECT count(*) FROM settlement_batch").fetchone()[0]
            items = dict(database.execute("SELECT item_class, count(*) FROM reconciliation_item GROUP BY 1").fetchall())
    code = demo.stop()

    assert orders >= 300
    assert batches >= 17  # a batch for every working day of four weeks
    assert {"matched", "amount_diff"} <= set(items)  # what else is found depends on how near midnight sales were
    assert code == 0
    assert address["admin_url"] == f"{demo.base_url}/admin/"
    checked = checkstand(demo.folder, "ledger", "check")
    assert checked.returncode == 0, checked.stdout


def test_a_demo_can_be_stopped_while_its_past_is_written(demo):
    demo.start()

    assert demo.stop() == 0
    assert "Traceback" not in demo.log
    assert checkstand(demo.folder, "ledger", "check").returncode == 0


def test_reset_starts_over(demo):
    demo.start()
    address = demo.address
    order_no = buy_with_balance(demo)
    demo.stop()

    demo.start("--reset")

    assert demo.address["api_key"] != address["api_key"]
    assert status(demo, order_no) is None


def test_ctrl_c_stops_it_cleanly(demo):
    demo.start()

    assert demo.stop() == 0
    assert "Traceback" not in demo.log
    assert "stopped" in demo.log


def test_the_address_file_says_where_and_with_which_key(demo):
    demo.start()
    address = demo.address

    assert address["base_url"] == demo.base_url
    assert address["shop_url"].startswith(demo.base_url)
    assert stat.S_IMODE((demo.folder / "var" / "demo.json").stat().st_mode) == 0o600
    listed = httpx.get(
        f"{demo.base_url}/v1/payments", headers={"authorization": f"Bearer {address['api_key']}"}, trust_env=False
    )
    assert listed.status_code == 200


def sign_in(address):
    form = {"email": address["admin_email"], "password": address["admin_password"], "code": ""}
    return httpx.post(f"{address['admin_url']}sign-in", data=form, trust_env=False)


def run(demo_folder, port):
    return checkstand(demo_folder, "demo", "--port", str(port))


def checkstand(demo_folder, *arguments):
    command = [sys.executable, "-m", "checkstand", *arguments]
    environment = {"CHECKSTAND_VAR_DIR": str(demo_folder / "var"), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_taken_port_is_said_before_anything_is_written(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        found = run(tmp_path, other.getsockname()[1])

    assert found.returncode == 2
    assert "serve.port_taken" in found.stderr
    assert "PORT=" in found.stderr
    assert not (tmp_path / "var").exists()


def test_two_demos_do_not_share_a_folder(demo):
    demo.start()

    found = run(demo.folder, free_port())

    assert found.returncode == 2
    assert "serve.folder_taken" in found.stderr
