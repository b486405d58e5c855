"""Fetching a bill: a signed answer names an address that lives for 30 seconds; a plain GET brings the zip."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from checkstand.channel.bills import BillAnswer, BillOutcome, BillRequest
from checkstand.channel.reasons import Reason
from checkstand.channel.transcript import record
from checkstand_channels.alipay.client import Client

METHOD: Final = "alipay.data.dataservice.bill.downloadurl.query"
TRADE: Final = "trade"
HOSTS: Final = ".alipay.com"
# A bill that does not exist may not have been made yet: an empty day has a file, too.
OUTCOMES: Final = {
    "BILL_NOT_EXIST": BillOutcome.NOT_READY,
    "isp.bill_not_exist": BillOutcome.NOT_READY,
    "INVAILID_ARGUMENTS": BillOutcome.REFUSED,
    "isv.invalid-arguments": BillOutcome.REFUSED,
}
ZIP: Final = b"PK"


def download(request: BillRequest, client: Client) -> BillAnswer:
    """The zip as it came; nothing proves it but the address in a signed answer, and later its own totals."""
    biz = {"bill_type": request.kind or TRADE, "bill_date": request.day.isoformat()}
    said = client.call("bill", METHOD, biz)
    if said.data is None:
        outcome = OUTCOMES.get(said.code or "", BillOutcome.UNKNOWN)
        reason = Reason.NO_ANSWER if said.doubt in ("no_answer", "http_error") else Reason.UNVERIFIED
        reason = Reason.NOT_FOUND if said.code else reason
        return BillAnswer(outcome, b"", "", said.code or said.doubt, reason.value, tuple(client.exchanges))
    content = _fetched(client, str(said.data.get("bill_download_url", "")))
    if content is None:
        return BillAnswer(
            BillOutcome.UNKNOWN, code="no_file", reason=Reason.NO_ANSWER.value, exchanges=tuple(client.exchanges)
        )
    name = f"{client.account.credentials['app_id']}_{request.day:%Y%m%d}_{biz['bill_type']}.csv.zip"
    return BillAnswer(BillOutcome.READY, content, name, exchanges=tuple(client.exchanges))


def _fetched(client: Client, url: str) -> bytes | None:
    parts, own = urlsplit(url), urlsplit(client.account.base_url)
    theirs = parts.scheme == "https" and (parts.hostname or "").endswith(HOSTS)
    if not theirs and (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        return None
    headers = {"Accept": "*/*"}
    answer = client.http.send("download", "GET", url, headers=headers)
    told = replace(answer, body=b"(%d bytes)" % len(answer.body))
    client.exchanges.append(record("download", "GET", url, headers=headers, content=b"", answer=told, secrets=()))
    return answer.body if answer.status == 200 and answer.body.startswith(ZIP) else None
