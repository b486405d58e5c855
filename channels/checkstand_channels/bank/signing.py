"""The link's signatures: RSA with SHA-256 over what was sent, and over what it was an answer to (own choice)."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def request_text(method: str, target: str, customer: str, timestamp: str, body: bytes) -> str:
    """What a request's signature covers; `target` is path and query as the bank receives them."""
    return "\n".join((method, target, customer, timestamp, sha256(body).hexdigest()))


def answer_text(request_signature: str, status: int, body: bytes) -> str:
    """What an answer's signature covers. It names the request, so an old answer fits no new question."""
    return "\n".join((request_signature, str(status), sha256(body).hexdigest()))


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
        raise ValueError("our key at the bank must be an RSA key")
    return key


@lru_cache(maxsize=512)
def public_key(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("the bank's key must be an RSA key")
    return key
