"""Alipay's signatures: RSA2 over sorted, un-encoded parameters, or over a literal piece of JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def request_string(params: Mapping[str, str]) -> str:
    """What a request's signature covers: `sign_type` stays in, empty values and `sign` drop out."""
    return _joined({name: value for name, value in params.items() if name != "sign"})


def notify_string(params: Mapping[str, str]) -> str:
    """What a notification's signature covers: neither `sign` nor `sign_type`."""
    return _joined({name: value for name, value in params.items() if name not in ("sign", "sign_type")})


def _joined(params: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(params.items()) if value != "")


def sign(private_key_pem: str, text: str) -> str:
    signature = private_key(private_key_pem).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def verify(public_key_pem: str, text: str, signature: str) -> bool:
    """True for a genuine signature; anything unreadable is simply not genuine."""
    try:
        raw = base64.b64decode(signature, validate=True)
        public_key(public_key_pem).verify(raw, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


@lru_cache(maxsize=512)
def private_key(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("the application key must be an RSA key")
    return key


@lru_cache(maxsize=512)
def public_key(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("Alipay's key must be an RSA key")
    return key
