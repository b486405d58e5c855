"""Fetching a bill: a signed pointer with the file's hash, then the file, which nobody signs."""

from __future__ import annotations

import gzip
import zlib
from hashlib import sha1
from typing import Final

from checkstand.channel.bills import BillAnswer, BillOutcome, BillRequest
from checkstand.channel.reasons import Reason
from checkstand_channels.wechat_pay.client import Client

TRADE: Final = "trade"
FUND_FLOW: Final = "fund_flow"
PATHS: Final = {
    TRADE: "/v3/bill/tradebill?bill_date={day}&bill_type=ALL&tar_type=GZIP",
    FUND_FLOW: "/v3/bill/fundflowbill?bill_date={day}&account_type=BASIC&tar_type=GZIP",
}
# What the codes mean here; any other refusal may be gone in ten minutes.
OUTCOMES: Final = {
    "NO_STATEMENT_EXIST": BillOutcome.EMPTY,
    "STATEMENT_CREATING": BillOutcome.NOT_READY,
    "PARAM_ERROR": BillOutcome.REFUSED,
    "NO_AUTH": BillOutcome.REFUSED,
}
REASONS: Final = {"PARAM_ERROR": Reason.INVALID_REQUEST, "NO_AUTH": Reason.MISCONFIGURED}


def download(request: BillRequest, client: Client) -> BillAnswer:
    """The unpacked file, believed because its hash stands in a signed answer."""
    kind = request.kind or TRADE
    said = client.call("bill", "GET", PATHS[kind].format(day=request.day.isoformat()))
    if said.data is None:
        return _without(said.code, said.doubt, client)
    hash_type, expected = said.data.get("hash_type"), str(said.data.get("hash_value", "")).lower()
    packed = client.download(str(said.data.get("download_url", "")))
    if packed is None:
        return _without(None, "no_answer", client)
    content = _unpacked(packed)
    if content is None or hash_type != "SHA1" or sha1(content).hexdigest() != expected:  # noqa: S324 - the protocol's
        return _without(None, "bad_hash", client)
    name = f"{client.account.credentials['mchid']}_{request.day:%Y%m%d}_{kind}.csv"
    return BillAnswer(BillOutcome.READY, content, name, exchanges=tuple(client.exchanges))


def _without(code: str | None, doubt: str | None, client: Client) -> BillAnswer:
    """No file. That there is nothing to tell is a result, too, and the words for it are what is kept."""
    outcome = OUTCOMES.get(code or "", BillOutcome.UNKNOWN)
    if code:
        raw = f"{code}\n".encode() if outcome is BillOutcome.EMPTY else b""
        reason = REASONS.get(code, Reason.CHANNEL_UNAVAILABLE if outcome is BillOutcome.UNKNOWN else Reason.NOT_FOUND)
        return BillAnswer(outcome, raw, f"{code}.txt", code, reason.value, tuple(client.exchanges))
    reason = Reason.NO_ANSWER if doubt == "no_answer" else Reason.UNVERIFIED
    return BillAnswer(BillOutcome.UNKNOWN, code=doubt, reason=reason.value, exchanges=tuple(client.exchanges))


def _unpacked(packed: bytes) -> bytes | None:
    """The file out of its gzip; None when it was damaged on the way."""
    try:
        return gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else packed
    except (OSError, EOFError, zlib.error):
        return None
