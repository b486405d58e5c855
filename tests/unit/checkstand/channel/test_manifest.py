"""channel.yaml: what is accepted, and how a mistake is explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkstand.channel import (
    ChannelCannot,
    Manifest,
    ManifestError,
    Reason,
    Registry,
    UnknownChannel,
    Verdict,
    load_manifest,
)

GOOD = """
name: paper
names: {zh-CN: 纸, en: Paper, ar: ورق}
protocol: letters
live_base_url: https://paper.test
currencies: [CNY]
capabilities: [pay]
methods:
  - {type: paper, names: {zh-CN: 纸, en: Paper, ar: ورق}, products: {pc: fold, h5: roll}, variants: {pc: [fold, cut]}}
merchant_ref: sheet
credentials: [{name: sheet, label: {en: Sheet}, secret: true}]
errors:
  - {code: NO_INK, reason: declined, verdict: final, refund: retryable}
"""


def _load(tmp_path: Path, text: str) -> Manifest:
    path = tmp_path / "channel.yaml"
    path.write_text(text, "utf-8")
    return load_manifest(path)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("pc: fold", "desktop: fold", "unknown terminal 'desktop'"),
        ("currencies: [CNY]", "currencies: [XXX]", "unknown currency 'XXX'"),
        ("capabilities: [pay]", "capabilities: [fly]", "Invalid enum value 'fly' - at `$.capabilities"),
        ("protocol: letters", "protocoll: letters", "unknown field `protocoll`"),
        ("merchant_ref: sheet", "merchant_ref: page", "'page' is no credential"),
        ("ar: ورق}\nprotocol", "fr: x}\nprotocol", "names: add ar"),
        ("live_base_url: https://paper.test\n", "", "an external channel needs one"),
        ("- {code: NO_INK", "- {code: NOINK, reason: declined}\n  - {code: NO_INK", "'NOINK' is listed twice"),
        ("name: paper", "name: Paper!", "use lower-case letters"),
    ],
)
def test_a_mistake_names_the_file_and_the_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(ManifestError) as refused:
        _load(tmp_path, GOOD.replace(old, new, 1))

    assert str(tmp_path) in refused.value.detail
    assert says in refused.value.detail


def test_a_code_means_what_the_table_says_for_the_verb(tmp_path: Path) -> None:
    rule = _load(tmp_path, GOOD).rule_of("noink")

    assert (rule.reason, rule.for_verb("pay"), rule.for_verb("refund")) == (
        Reason.DECLINED,
        Verdict.FINAL,
        Verdict.RETRYABLE,
    )


def test_an_unlisted_code_is_unknown(tmp_path: Path) -> None:
    rule = _load(tmp_path, GOOD).rule_of("BRAND_NEW")

    assert (rule.reason, rule.for_verb("pay")) == (Reason.UNKNOWN_CODE, Verdict.UNKNOWN)


def test_a_product_is_chosen_by_terminal_or_variant(tmp_path: Path) -> None:
    manifest = _load(tmp_path, GOOD)

    assert manifest.product_for("paper", "h5") == "roll"
    assert manifest.product_for("paper", "pc", "cut") == "cut"
    for arguments in (("paper", "ios"), ("paper", "h5", "cut"), ("stone", "pc")):
        with pytest.raises(ManifestError):
            manifest.product_for(*arguments)


def test_every_installed_channel_loads_with_its_logo() -> None:
    registry = Registry.load()

    assert {"alipay", "balance", "bank", "wechat_pay"} <= {channel.manifest.name for channel in registry.channels()}
    for method in registry.method_types().values():
        assert method.logo is not None
        assert method.logo.read_text("utf-8").startswith("<svg")


def test_an_unknown_channel_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownChannel, match="did you mean 'wechat_pay'"):
        Registry.load().channel("wechatpay")


def test_a_channel_is_asked_only_for_what_it_declares() -> None:
    registry = Registry.load()
    bank, wallet = registry.channel("bank"), registry.channel("alipay")

    assert bank.payout_adapter is not None
    assert wallet.adapter is not None
    with pytest.raises(ChannelCannot, match="'bank' takes no payments"):
        _ = bank.adapter
    with pytest.raises(ChannelCannot, match="'alipay' pays nothing out"):
        _ = wallet.payout_adapter
    assert "bank" not in {name for method in registry.method_types().values() for name in method.channels}
