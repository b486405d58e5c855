"""Clauses about secrets, keys and crashes."""

from __future__ import annotations

from dataclasses import replace

from checkstand.channel.conformance.judging import clause, expect, outcome, refunded
from checkstand.channel.conformance.rig import Rig
from checkstand.channel.port import Outcome


@clause("No transcript holds a secret, a signature or a whole payer id.")
def transcripts_hold_no_secrets(rig: Rig) -> None:
    product = rig.server_product()
    instruction = rig.pay_instruction(product=product) if product else rig.paid()
    answers = [rig.pay(instruction)]
    rig.shop(answers[0].action)
    refund = rig.refund_instruction(instruction, 100)
    answers += [rig.query(instruction), rig.adapter.refund(refund, rig), rig.adapter.query_refund(refund, rig)]
    text = "\n".join(f"{e.url}{e.request}{e.response}" for answer in answers for e in answer.exchanges)
    if not text:
        raise AssertionError("nothing was recorded")
    secrets = [rig.account.credentials.get(name, "") for name in rig.channel.manifest.secret_names]
    for secret in [*filter(None, secrets), instruction.payer_ref]:
        if secret in text or secret.replace("\n", "\\n") in text:
            raise AssertionError(f"a transcript shows {secret[:12]!r}…")
    if 'signature="' in text.replace('signature="[hidden]"', ""):
        raise AssertionError("a transcript shows a signature")


@clause("The provider's truth survives a crash: what was acknowledged is there after a restart.")
def the_truth_is_durable(rig: Rig) -> None:
    instruction = rig.paid()
    refunded(rig, rig.refund_instruction(instruction, 3000))
    before = rig.truth_of(instruction)
    rig.restart(torn=b'{"seq":999,"torn')
    expect(rig.truth_of(instruction), before, "truth after the restart")
    outcome(rig.query(instruction), Outcome.SUCCEEDED, "query after the restart")


@clause("Keys rotate without losing anything: new requests use the new key, old notifications still verify.")
def keys_rotate(rig: Rig) -> None:
    rig.paid()
    raw = rig.wait_received(1)[0].raw
    old = rig.account
    rotated = rig.channel.test_credentials(rig.variant, previous=old.credentials)
    rig.account = replace(old, credential_version=2, credentials=rotated)
    outcome(rig.query(rig.paid()), Outcome.SUCCEEDED, "query with the new key")
    if not rig.parse(raw, old).note:
        raise AssertionError("a notification from before the rotation is not believed any more")


@clause("A request signed with the wrong key is refused by the provider and charges nothing.")
def a_wrong_key_is_refused(rig: Rig) -> None:
    instruction = rig.pay_instruction(product=rig.server_product())
    stranger = rig.channel.test_credentials(rig.variant)
    private = next(name for name in rig.channel.manifest.secret_names if "private" in name and "sim_" not in name)
    wrong = {**rig.account.credentials, private: stranger[private]}
    forged = replace(instruction, account=replace(rig.account, credentials=wrong))
    answer = rig.pay(forged)
    if answer.exchanges:
        if answer.outcome not in (Outcome.FAILED, Outcome.UNKNOWN):
            raise AssertionError(f"pay with a wrong key: {answer.outcome}")
    elif b'name="action"' in rig.browse("GET", rig.link(answer.action)).body:
        raise AssertionError("the shopper page opened for a forged order")
    expect(rig.truth_of(instruction)["state"], "absent", "order")
