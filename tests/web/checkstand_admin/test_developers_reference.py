"""The API reference is what the API says of itself."""

import re

from litestar.testing import TestClient
from tests.web.checkstand_admin.conftest import UNIT

from checkstand.web.api.openapi import OPERATIONS
from checkstand.web.app import build_app, build_asgi

PAGE = f"/admin/u/{UNIT}/test/developers/reference"


def test_the_description_lists_exactly_the_routes_there_are(platform):
    routes = {
        (method, re.sub(r":str", "", route.path_format))
        for route in build_app(platform).routes
        for method in route.methods
        if method in ("GET", "POST", "DELETE") and route.path_format.startswith("/v1")
    }

    assert {(each.method, each.path) for each in OPERATIONS} == routes


def test_each_route_asks_for_the_scope_that_is_described(platform):
    from checkstand.accounting import WriteSet
    from checkstand.member import new_api_key
    from checkstand.member.store import SCOPES

    with TestClient(build_asgi(platform), base_url="http://api.test") as api:
        for each in (each for each in OPERATIONS if each.scope):
            others = tuple(scope for scope in SCOPES if scope != each.scope)
            secret, row = new_api_key(UNIT, "test", platform.clock.now(), others)
            platform.poster.commit(WriteSet(ops=[row]))
            path = re.sub(r"{\w+}", "x", each.path)
            answer = api.request(each.method, path, headers={"authorization": f"Bearer {secret}"})
            assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope_missing"), each
            assert each.scope in answer.json()["detail"]


def test_the_document_needs_no_key_and_names_this_installation(platform):
    with TestClient(build_asgi(platform), base_url="http://api.test") as api:
        document = api.get("/v1/openapi.json").json()

    assert document["servers"] == [{"url": platform.settings.base_url}]
    named = set(re.findall(r"#/components/schemas/(\w+)", repr(document)))
    assert named <= set(document["components"]["schemas"])


def test_the_page_shows_every_route_and_nested_field(person):
    page = person("developer").get(PAGE).text

    assert page.count('data-testid="operation"') == len(OPERATIONS)
    for field in ("order.amount.minor", "order.lines[].quantity", "shopper.country", "refund_no"):
        assert f"<code>{field}</code>" in page
