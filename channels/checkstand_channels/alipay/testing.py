"""Test accounts for the simulator, and where a person finds its shopper page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from checkstand.channel.port import Action, ChannelAccount, QrAction, RedirectAction
from checkstand_channels.alipay.client import GATEWAY

VARIANTS: Final = ("public_key",)


def new_credentials(variant: str, previous: Mapping[str, str] | None = None) -> dict[str, str]:
    """A new merchant at the simulator; with `previous` the same merchant after rotating its own keys."""
    app_private, app_public = _pair()
    rotating = {"app_private_key": app_private, "sim_app_public_key": app_public}
    if previous is not None:
        return {**previous, **rotating}
    alipay_private, alipay_public = _pair()
    return {
        "app_id": f"2021{secrets.randbelow(10**12):012d}",
        "seller_id": f"2088{secrets.randbelow(10**12):012d}",
        "alipay_public_key": alipay_public,
        "sim_alipay_private_key": alipay_private,
        **rotating,
    }


def simulator_link(account: ChannelAccount, action: Action) -> str | None:
    """The shopper page behind a QR code, a redirect or an app invocation."""
    if isinstance(action, RedirectAction):
        return action.url
    if isinstance(action, QrAction):
        token = urlsplit(action.content).path.strip("/")
        return f"{account.base_url}/shopper/{quote(token, safe='')}" if token else None
    if order_string := action.params.get("order_string"):
        return f"{account.base_url}{GATEWAY}?{order_string}"
    return f"{account.base_url}/trade/{quote(action.params.get('tradeNO', ''), safe='')}"


def _pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
