"""Logos and codes that travel inside the page."""

from __future__ import annotations

import pytest

from checkstand.channel import Registry
from checkstand.web.pages.pictures import inline_svg, qr_svg


@pytest.mark.parametrize(
    "svg",
    [
        "<svg><script>alert(1)</script></svg>",
        '<svg><rect onload="x()"/></svg>',
        '<svg><a href="javascript:x"/></svg>',
        "<svg><foreignObject/></svg>",
        '<svg><image href="https://tracker.example/p.png"/></svg>',
        "no picture",
    ],
)
def test_an_active_picture_is_replaced_by_a_card(svg: str) -> None:
    assert "#5b6472" in inline_svg(svg)


def test_a_logo_loses_its_name_because_the_method_says_it() -> None:
    clean = inline_svg(
        '<?xml version="1.0"?><svg xmlns="x" role="img" aria-label="Pay" viewBox="0 0 1 1">'
        '<title>Pay</title><path d="M0 0"/></svg>'
    )

    assert clean == '<svg viewBox="0 0 1 1" aria-hidden="true" focusable="false"><path d="M0 0"/></svg>'


@pytest.mark.parametrize("kind", Registry.load().method_types().values(), ids=lambda kind: kind.type)
def test_every_installed_channel_has_a_logo_that_can_be_shown(kind) -> None:
    assert kind.logo is not None
    assert "#5b6472" not in inline_svg(kind.logo.read_text(encoding="utf-8"))


def test_a_code_is_an_svg_without_size_so_that_it_fills_its_box() -> None:
    svg = qr_svg("weixin://wxpay/bizpayurl?pr=abc")

    assert svg.startswith("<svg viewBox=")
    assert "width=" not in svg.partition(">")[0]
