"""The storefront by HTTP, with a stand-in for the platform that records what it is asked."""

import base64
import json
import re
from datetime import UTC, datetime

import httpx
import pytest
from litestar.testing import TestClient
from standardwebhooks import Webhook

from checkstand_shop import ScenarioCard, ShopConfig, build_shop

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
CARD = ScenarioCard(
    id="mall-order",
    name={"en": "Mall order", "zh-CN": "商城订单"},
    description={"en": "Buy."},
    form="full_screen",
    terminals=("pc", "h5"),
    locales=("zh-CN", "en"),
    currency="CNY",
    amounts=(100, 12900),
)


class StandIn:
    """Answers for the platform: creates sessions, refuses when told to."""

    def __init__(self):
        self.asked = []
        self.refuse = None

    async def __call__(self, request):
        self.asked.append((request.url.path, json.loads(request.content), request.headers))
        if self.refuse:
            return httpx.Response(422, json={"detail": self.refuse, "remedy": "Try less."})
        number = len(self.asked)
        return httpx.Response(201, json={"id": f"cs_{number}", "url": f"http://pay.test/c/{number}"})


@pytest.fixture
def platform():
    return StandIn()


@pytest.fixture
def config(tmp_path):
    return ShopConfig("http://pay.test", "sk_test_x", SECRET, tmp_path / "shop.db", (CARD,))


@pytest.fixture
def shop(config, platform):
    with TestClient(build_shop(config, transport=httpx.MockTransport(platform))) as client:
        client.follow_redirects = False
        yield client


def buy(shop, **form):
    return shop.post("/shop/orders", data={"good": "mountains-and-seas", "quantity": "2", **form})


def told(shop, type, data, *, webhook_id="msg_1", secret=SECRET, at=None):
    body = json.dumps({"type": type, "data": data})
    at = at or datetime.now(UTC)
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, at, body),
    }
    return shop.post("/shop/hooks/checkstand", content=body, headers=headers)


def paid(order_no, minor=25800):
    payment = {"id": "pay_1", "amount": {"minor": minor, "currency": "CNY"}, "method": {"id": "wx"}}
    return {"order_no": order_no, "payment": payment}


def status(shop, order_no):
    return re.search(r'data-status="(\w+)"', shop.get(f"/shop/orders/{order_no}").text)[1]


def order_no_of(platform):
    return platform.asked[-1][1]["order"]["order_no"]


def test_buying_writes_an_order_and_goes_to_its_checkout(shop, platform):
    answer = buy(shop)

    path, body, headers = platform.asked[0]
    assert (answer.status_code, answer.headers["location"]) == (303, "http://pay.test/c/1")
    assert (path, headers["authorization"]) == ("/v1/checkout-sessions", "Bearer sk_test_x")
    assert headers["idempotency-key"] == f"session-{body['order']['order_no']}"
    assert body["order"]["amount"] == {"minor": 25800, "currency": "CNY"}
    assert body["return_url"] == f"http://pay.test/shop/orders/{body['order']['order_no']}"
    assert status(shop, order_no_of(platform)) == "awaiting"


def test_the_price_comes_from_the_catalogue_not_from_the_browser(shop, platform):
    buy(shop, amount="1")

    assert platform.asked[0][1]["order"]["amount"]["minor"] == 25800


def test_a_signed_webhook_makes_the_order_paid(shop, platform):
    buy(shop)
    order_no = order_no_of(platform)

    assert told(shop, "payment.succeeded", paid(order_no)).status_code == 204
    assert status(shop, order_no) == "paid"
    assert "signature verified" in shop.get(f"/shop/orders/{order_no}?lang=en").text


@pytest.mark.parametrize(
    ("age_s", "signature"),
    [(None, None), (3600, "v1,AAAA"), (0, "v1,AAAA"), (0, "rubbish")],
    ids=["none", "stale", "wrong", "odd"],
)
def test_a_webhook_that_is_not_signed_right_changes_nothing(shop, platform, age_s, signature):
    buy(shop)
    order_no = order_no_of(platform)
    at = str(int(datetime.now(UTC).timestamp()) - (age_s or 0))
    headers = {"webhook-id": "msg_1", "webhook-timestamp": at, "webhook-signature": signature} if signature else {}

    body = json.dumps({"type": "payment.succeeded", "data": paid(order_no)})
    answer = shop.post("/shop/hooks/checkstand", content=body, headers=headers)

    assert answer.status_code == 400
    assert status(shop, order_no) == "awaiting"


def test_a_webhook_signed_by_another_merchant_changes_nothing(shop, platform):
    buy(shop)
    order_no = order_no_of(platform)
    rival = "whsec_" + base64.b64encode(b"r" * 32).decode()

    assert told(shop, "payment.succeeded", paid(order_no), secret=rival).status_code == 400
    assert status(shop, order_no) == "awaiting"


def test_a_webhook_of_the_wrong_amount_does_not_make_it_paid(shop, platform):
    buy(shop)
    order_no = order_no_of(platform)
    told(shop, "payment.succeeded", paid(order_no, minor=1))

    assert status(shop, order_no) == "attention"


def test_a_paid_order_can_be_sent_back(shop, platform):
    buy(shop)
    order_no = order_no_of(platform)
    told(shop, "payment.succeeded", paid(order_no))

    assert shop.post(f"/shop/orders/{order_no}/refund").status_code == 303
    assert platform.asked[-1][0] == "/v1/payments/pay_1/refunds"
    refund = {"id": "rfd_1", "payment_id": "pay_1", "amount": {"minor": 25800, "currency": "CNY"}}
    told(shop, "refund.succeeded", {"order_no": order_no, "refund": refund}, webhook_id="msg_2")
    assert status(shop, order_no) == "refunded"


def test_an_unpaid_order_cannot_be_sent_back(shop, platform):
    buy(shop)

    assert shop.post(f"/shop/orders/{order_no_of(platform)}/refund").status_code == 502
    assert len(platform.asked) == 1


def test_an_order_whose_checkout_was_refused_is_kept_and_can_be_continued(shop, platform):
    platform.refuse = "The amount is above the limit."
    answer = buy(shop)
    order_no = order_no_of(platform)
    assert answer.headers["location"].startswith(f"/shop/orders/{order_no}")

    again = shop.post(f"/shop/orders/{order_no}/checkout")
    assert "The amount is above the limit." in again.text
    platform.refuse = None
    assert shop.post(f"/shop/orders/{order_no}/checkout").headers["location"].startswith("http://pay.test/c/")
    assert {headers["idempotency-key"] for _, _, headers in platform.asked} == {f"session-{order_no}"}


def test_every_scenario_can_be_tried_with_amount_terminal_and_language(shop, platform):
    page = shop.get("/shop/checkouts?lang=en").text
    assert "scenario-mall-order" in page
    assert "¥129.00" in page

    shop.post("/shop/orders", data={"scenario": "mall-order", "amount": "12900", "terminal": "h5", "locale": "zh-CN"})
    body = platform.asked[0][1]
    assert (body["scenario"], body["terminal"], body["locale"]) == ("mall-order", "h5", "zh-CN")


@pytest.mark.parametrize(
    "form", [{"good": "", "amount": "-1"}, {"good": "", "amount": "1.5"}, {"quantity": "0"}, {"quantity": "x"}]
)
def test_a_form_that_was_tampered_with_makes_no_order(shop, platform, form):
    assert buy(shop, **form).status_code == 400
    assert platform.asked == []


@pytest.mark.parametrize("page", ["/shop", "/shop/", "/shop/checkouts", "/shop/embed", "/shop/orders"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_speaks_both_languages(shop, page, lang):
    answer = shop.get(page, params={"lang": lang})

    assert answer.status_code == 200
    assert ("明灯书屋" if lang == "zh" else "Lantern Books") in answer.text
    assert "style=" not in answer.text


def test_a_chosen_language_is_remembered(shop):
    shop.get("/shop/?lang=zh")

    assert "明灯书屋" in shop.get("/shop/orders", headers={"accept-language": "en"}).text


def test_an_unknown_order_is_a_page_not_a_stack_trace(shop):
    answer = shop.get("/shop/orders/LB-0")

    assert answer.status_code == 404
    assert "Lantern Books" in answer.text


def test_a_popup_receives_the_address_instead_of_a_redirect(shop):
    answer = shop.post("/shop/orders", data={"good": "cloud-guide"}, headers={"accept": "application/json"})

    assert answer.status_code == 201
    assert answer.json()["url"] == "http://pay.test/c/1"


def test_the_styles_and_the_script_are_served(shop):
    assert shop.get("/shop/static/shop.css").status_code == 200
    assert "text/javascript" in shop.get("/shop/static/shop.js").headers["content-type"]
