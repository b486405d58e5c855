"""Rule packs: those of the product hold, and each mistake in a pack is told with its place and remedy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkstand.accounting.chart import CHART
from checkstand.accounting.protocol import BUILT_IN, ProtocolInvalid, check_paths, load_packs
from checkstand.app.edges import transition_tables
from checkstand.app.rule_packs import checked_packs

NOW = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)


def test_every_flow_of_the_specification_has_its_pack() -> None:
    assert list(checked_packs().flows) == [f"F{number}" for number in range(1, 14)]
    assert len(list(BUILT_IN.glob("*.yaml"))) == 13


def test_a_product_and_a_way_to_pay_select_the_flow() -> None:
    packs = checked_packs()

    assert packs.flow_of("pay.escrow", "channel").flow_id == "F2"
    assert packs.flow_of("pay.instant", "composite").flow_id == "F9"
    assert packs.flow_of("pay.instant", "shells") is None


def test_every_account_of_a_pack_is_in_the_chart() -> None:
    codes = {code for each in checked_packs().templates.values() for line in each.lines for code in line.codes}

    assert codes <= set(CHART)


@pytest.mark.parametrize("template_id", sorted(checked_packs().templates))
def test_a_template_books_a_balanced_journal_for_any_amounts(template_id: str) -> None:
    template = checked_packs().templates[template_id]
    codes = {f"{line.owner}_code": line.codes[-1] for line in template.lines if len(line.codes) > 1}
    values = {name: f"x{number}" for number, name in enumerate(sorted(template.names))}
    for number, name in enumerate(sorted({name for line in template.lines for name in line.amount})):
        values[name] = 1009 - 101 * number  # each another one
    if "amount_paid" in values:
        values["amount_paid"] = 100_000
    values |= {"fund_mode": "hosted"} if "fund_mode" in template.names else {}
    values |= {name: code for name, code in codes.items() if name in template.names}

    made = template.journal("lantern", "CNY", NOW, **values)

    assert sum(entry.amount_minor for entry in made.entries) == 0
    assert len(made.entries) == len(template.lines)


GOOD = """
flow: F90
name: {en: "Tips"}
for: [{product: tip, payment: channel}]
journals:
  J90.1: {kind: tip, source: payment, dr: ["2901[payment] amount"], cr: ["2102[payee] amount"]}
moves:
  payment: {succeed: [J1.1, J90.1], accept_late: [J1.1, J90.1]}
"""


def test_an_operator_adds_a_flow(tmp_path: Path) -> None:
    (tmp_path / "tips.yaml").write_text(GOOD)
    packs = checked_packs(tmp_path)

    assert packs.flow_of("tip", "channel").flow_id == "F90"
    assert packs.lines_of("tip")[0].template_id == "J90.1"


def test_an_operator_replaces_a_journal_of_ours(tmp_path: Path) -> None:
    (tmp_path / "tax.yaml").write_text(
        "flow: F3\njournals:\n  J3.2:\n    kind: recharge\n    source: payment\n"
        '    dr: ["2901[payment] amount"]\n    cr: ["2001[member] amount"]\n'
    )
    packs = checked_packs(tmp_path)

    assert packs.templates["J3.2"].place.file == "tax.yaml"
    assert packs.flow_of("recharge", "channel").flow_id == "F3"  # the flow itself stays


MISTAKES = {
    "an entry too little": (
        ('cr: ["2102[payee] amount"]', 'cr: ["2102[payee] amount - fee"]'),
        "bad.yaml:5: J90.1 does not balance; debits less credits are fee, and must be 0",
    ),
    "an account that is not in the chart": (
        ('"2102[payee] amount"', '"2109[payee] amount"'),
        "bad.yaml:5: J90.1: the chart has no account 2109; the nearest is 2101, Escrow 担保交易款",
    ),
    "a flow that leaves money in between": (
        ("succeed: [J1.1, J90.1]", "succeed: [J1.1]"),
        "F90: CREATED –hold→ HELD –succeed→ SUCCEEDED ends with amount on 2901[payment]",
    ),
    "an event that does not exist": (
        ("succeed: [J1.1, J90.1]", "suceed: [J1.1, J90.1]"),
        "bad.yaml:7: payment has no event 'suceed'; there are accept_late, close",
    ),
    "a table that does not exist": (("payment: {succeed", "payments: {succeed"), "bad.yaml:7: there is no state table"),
    "a journal that does not exist": (("[J1.1, J90.1]", "[J1.1, J90.9]"), "there is no journal J90.9"),
    "no entry": (('"2102[payee] amount"', '"the merchant gets it"'), "write it like `2102[payee] amount - fee`"),
    "three parties": (("2102[payee]", "2102[payee, cycle, x]"), "is not an owner and, where it has one, a sub-key"),
    "another word": (("for: [{", "four: [{"), "'four' means nothing here"),
    "a product served twice": (("product: tip", "product: pay.instant"), "pay.instant with channel is flow F1 already"),
    "broken YAML": (('"Tips"}', '"Tips"'), "check brackets, quotes and indentation"),
    "a journal of ours of another kind": (
        ("J90.1: {kind: tip, source: payment", "J3.2: {kind: tip, source: payment"),
        "J3.2 replaces a journal of another kind or source; keep `kind: recharge`",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_its_line_and_its_remedy(mistake: str, tmp_path: Path) -> None:
    (old, new), says = MISTAKES[mistake]
    assert old in GOOD
    (tmp_path / "bad.yaml").write_text(GOOD.strip().replace(old, new))

    with pytest.raises(ProtocolInvalid) as wrong:
        checked_packs(tmp_path)
    assert says in wrong.value.detail


def test_a_cycle_that_takes_again_and_again_is_found(tmp_path: Path) -> None:
    (tmp_path / "cycle.yaml").write_text(
        'flow: F91\njournals:\n  J91.1: {kind: again, source: refund, dr: ["2102[payee] amount"], '
        'cr: ["2201[refund] amount"]}\nmoves:\n  refund: {send: [J91.1]}\n'
    )

    with pytest.raises(ProtocolInvalid, match="takes more each time it happens"):
        check_paths(load_packs(tmp_path), transition_tables())


def test_an_absent_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtocolInvalid, match="there is no such directory"):
        load_packs(tmp_path / "absent")
