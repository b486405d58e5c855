"""The quickstarts are programs that run as they stand."""

import html
import json
import re

import httpx
import pytest
from litestar.testing import TestClient
from tests.web.checkstand_admin.conftest import UNIT

from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.infra import resources
from checkstand.web.app import build_asgi

PAGE = f"/admin/u/{UNIT}/test/developers"


@pytest.fixture
def published(platform):
    apply_scenarios(platform, UNIT, [resources.scenarios() / "mall-order.yaml"], mode="test", by="test")


def snippet(text, language):
    found = re.search(rf'id="snippet-{language}"[^>]*>(.*?)</pre>', text, re.DOTALL)
    return html.unescape(found.group(1))


def test_without_a_scenario_the_page_says_what_to_do(person):
    assert "Publish a scenario to test first" in person("developer").get(PAGE).text


def test_the_key_that_was_just_made_opens_a_checkout(person, platform, published):
    page = person("developer").post(f"{PAGE}/keys", scope="sessions:write").text
    body = re.search(r"-d '(.*?)'", snippet(page, "curl"), re.DOTALL).group(1)
    key = re.search(r"Bearer (sk_test_[\w-]+)", snippet(page, "curl")).group(1)

    with TestClient(build_asgi(platform), base_url="http://api.test") as api:
        answer = api.post("/v1/checkout-sessions", content=body, headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 201, answer.text
    assert json.loads(body)["scenario"] == "mall-order"


def test_the_python_program_sends_what_the_curl_program_sends(person, published, monkeypatch, capsys):
    page = person("developer").get(PAGE).text
    sent = []

    def post(url, **more):
        sent.append((url, more["json"]))
        return httpx.Response(201, json={"url": "http://pay.test/c/1"}, request=httpx.Request("POST", url))

    monkeypatch.setattr(httpx, "post", post)
    exec(compile(snippet(page, "python"), "quickstart.py", "exec"), {})

    body = re.search(r"-d '(.*?)'", snippet(page, "curl"), re.DOTALL).group(1)
    assert sent[0][1] == json.loads(body)
    assert capsys.readouterr().out.strip() == "http://pay.test/c/1"


def test_no_page_but_the_one_that_makes_it_holds_a_key(person, published):
    page = person("developer").get(PAGE).text

    assert "Bearer sk_test_…" in snippet(page, "javascript")
    assert not re.search(r"sk_test_\w", page)


def test_a_scenario_of_nobody_falls_back_to_one_of_ours(person, published):
    answer = person("developer").get(f"{PAGE}?scenario=<script>")

    assert "mall-order" in snippet(answer.text, "curl")
    assert "<script>" not in answer.text
