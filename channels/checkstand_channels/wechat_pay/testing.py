"""Test accounts for the simulator, and where a person finds its shopper page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from checkstand.channel.port import Action, ChannelAccount, QrAction, RedirectAction
from checkstand.kernel import new_token

VARIANTS: Final = ("public_key", "certificate")  # the two trust modes


def new_credentials(variant: str, previous: Mapping[str, str] | None = None) -> dict[str, str]:
    """A new merchant at the simulator; with `previous` the same merchant after rotating its own keys."""
    merchant = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    rotating = {
        "merchant_serial": secrets.token_hex(20).upper(),
        "merchant_private_key": _private_pem(merchant),
        "sim_merchant_public_key": _public_pem(merchant),
    }
    if previous is not None:
        return {**previous, **rotating}
    platform = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    mchid = f"19{secrets.randbelow(10**8):08d}"
    made = {
        "mchid": mchid,
        "appid": f"wx{secrets.token_hex(8)}",
        "api_v3_key": secrets.token_hex(16),
        **rotating,
        "sim_platform_private_key": _private_pem(platform),
        "sim_platform_certificate": _certificate(platform),
    }
    if variant == "public_key":
        made |= {
            "public_key_id": f"PUB_KEY_ID_01{mchid}{secrets.randbelow(10**18):018d}",
            "public_key": _public_pem(platform),
        }
    return made


def simulator_link(account: ChannelAccount, action: Action) -> str | None:
    """The shopper page behind a QR code, a redirect or a client invocation."""
    if isinstance(action, RedirectAction):
        return action.url
    if isinstance(action, QrAction):
        token = parse_qs(urlsplit(action.content).query).get("pr", [""])[0]
    else:
        token = action.params.get("prepayid") or action.params.get("package", "").removeprefix("prepay_id=")
    return f"{account.base_url}/shopper/{quote(token, safe='')}" if token else None


def _certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"simulated platform {new_token()[:6]}")])
    start = datetime(2024, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * 20))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
