"""Test accounts for the simulated bank."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from checkstand.channel.port import Action, ChannelAccount

VARIANTS: Final = ("public_key",)
BANK_CODE: Final = "102100099996"


def new_credentials(variant: str, previous: Mapping[str, str] | None = None) -> dict[str, str]:
    """A new customer with a new account; with `previous` the same customer after rotating its own keys."""
    client_private, client_public = _pair()
    rotating = {"client_private_key": client_private, "sim_client_public_key": client_public}
    if previous is not None:
        return {**previous, **rotating}
    bank_private, bank_public = _pair()
    return {
        "customer_id": f"C{secrets.randbelow(10**10):010d}",
        "account_no": f"0200{secrets.randbelow(10**15):015d}",
        "account_name": "测试商户备付金账户",
        "bank_code": BANK_CODE,
        "bank_public_key": bank_public,
        "sim_bank_private_key": bank_private,
        **rotating,
    }


def simulator_link(account: ChannelAccount, action: Action) -> str | None:
    """Nobody shops at a bank account."""
    return None


def _pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
