"""Which platform keys are believed: the pinned public key, and certificates fetched with the APIv3 key."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from checkstand.channel.port import ChannelAccount
from checkstand_channels.wechat_pay import signing
from checkstand_channels.wechat_pay.messages import Unreadable, read_object, text_of

REFRESH_AFTER: Final = timedelta(hours=12)
MAX_AGE_S: Final = 300


@dataclass(frozen=True, slots=True)
class Certificates:
    keys: Mapping[str, str]  # serial → public key PEM
    fetched_at: datetime


class Trust:
    """Serial → key per account. In memory: after a restart the certificates are fetched again."""

    def __init__(self) -> None:
        self._fetched: dict[tuple[str, str, int], Certificates] = {}
        self._lock = threading.Lock()

    def key(self, account: ChannelAccount, serial: str) -> str | None:
        """The public key of this serial, or None. Both modes may be in use while a merchant migrates."""
        credentials = account.credentials
        if serial and serial == credentials.get("public_key_id"):
            return credentials.get("public_key")
        fetched = self._fetched.get(_owner(account))
        return fetched.keys.get(serial) if fetched else None

    def is_stale(self, account: ChannelAccount, now: datetime) -> bool:
        """True when certificates should be fetched before the next call; never in public-key mode."""
        if uses_public_key(account):
            return False
        fetched = self._fetched.get(_owner(account))
        return fetched is None or now - fetched.fetched_at > REFRESH_AFTER

    def learn(self, account: ChannelAccount, keys: Mapping[str, str], now: datetime) -> None:
        """Keep what was fetched, and the older keys with it: notifications on their way still use them."""
        with self._lock:
            known = self._fetched.get(_owner(account))
            self._fetched[_owner(account)] = Certificates({**(known.keys if known else {}), **keys}, now)


def uses_public_key(account: ChannelAccount) -> bool:
    return bool(account.credentials.get("public_key_id") and account.credentials.get("public_key"))


def read_certificates(account: ChannelAccount, body: bytes) -> dict[str, str]:
    """Decrypt the certificate list. GCM authenticates it: only WeChat and the merchant know the key."""
    keys: dict[str, str] = {}
    entries: Any = read_object(body).get("data")
    for entry in entries if isinstance(entries, list) else ():
        sealed = entry["encrypt_certificate"]
        pem = signing.unseal(
            account.credentials["api_v3_key"],
            text_of(sealed, "nonce"),
            sealed.get("associated_data") or "",
            text_of(sealed, "ciphertext"),
        )
        serial, key = signing.certificate_key(pem.decode())
        if serial.lstrip("0") != text_of(entry, "serial_no").upper().lstrip("0"):
            raise Unreadable("a certificate's serial differs from the announced one")
        keys[text_of(entry, "serial_no")] = key
    if not keys:
        raise Unreadable("no platform certificate")
    return keys


def distrust(headers: Mapping[str, str], body: bytes, key: str | None, now: datetime) -> str | None:
    """Why this signature is not believed, or None: stale | unknown_key | probe | bad_signature | malformed."""
    timestamp = headers.get("wechatpay-timestamp", "")
    nonce = headers.get("wechatpay-nonce", "")
    signature = headers.get("wechatpay-signature", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and nonce and signature):
        return "malformed"
    if headers.get("wechatpay-signature-type", signing.SCHEME) != signing.SCHEME:
        return "malformed"
    if signature.startswith(signing.PROBE):
        return "probe"
    if abs(now.timestamp() - int(timestamp)) > MAX_AGE_S:
        return "stale"
    if key is None:
        return "unknown_key"
    genuine = signing.verify(key, signing.answer_text(timestamp, nonce, body), signature)
    return None if genuine else "bad_signature"


def _owner(account: ChannelAccount) -> tuple[str, str, int]:
    return account.tenant_id, account.channel_account_id, account.credential_version
