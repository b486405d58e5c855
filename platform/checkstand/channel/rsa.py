"""SHA-256 with RSA (PKCS #1 v1.5), which several channels sign with; what exactly is signed, each channel knows."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def sign(private_key_pem: str, message: bytes) -> str:
    """The signature, as base64. A PEM that is no private RSA key is a `ValueError`."""
    signature = private_key(private_key_pem).sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def verify(public_key_pem: str, message: bytes, signature: str) -> bool:
    """True for a genuine signature; anything unreadable is simply not genuine."""
    try:
        raw = base64.b64decode(signature, validate=True)
        public_key(public_key_pem).verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


# Parsing a PEM costs more than signing with it. The caches hold a few hundred accounts.
@lru_cache(maxsize=512)
def private_key(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("the private key must be an RSA key")
    return key


@lru_cache(maxsize=512)
def public_key(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("the public key must be an RSA key")
    return key
