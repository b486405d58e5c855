"""WeChat Pay's signatures and ciphers: SHA256 with RSA (PKCS#1 v1.5) over lines, AES-256-GCM inside."""

from __future__ import annotations

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from checkstand.channel.rsa import sign, verify

__all__ = ["answer_text", "certificate_key", "lines", "request_text", "seal", "sign", "unseal", "verify"]

SCHEME = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"


class Undecipherable(Exception):
    """The ciphertext does not open under this APIv3 key."""


def lines(*parts: str) -> bytes:
    """The signed form of everything at WeChat Pay: each part ends with one LF, an empty last one too."""
    return "".join(f"{part}\n" for part in parts).encode()


def request_text(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a request's signature covers: the path with query as sent, the body as sent."""
    return lines(method, target, timestamp, nonce) + body + b"\n"


def answer_text(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the signature of an answer or a notification covers."""
    return lines(timestamp, nonce) + body + b"\n"


def seal(api_v3_key: str, nonce: str, associated_data: str, plaintext: bytes) -> str:
    sealed = AESGCM(api_v3_key.encode()).encrypt(nonce.encode(), plaintext, associated_data.encode())
    return base64.b64encode(sealed).decode()


def unseal(api_v3_key: str, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Decrypt and authenticate; `Undecipherable` when key, nonce, data or text do not belong together."""
    try:
        raw = base64.b64decode(ciphertext, validate=True)
        return AESGCM(api_v3_key.encode()).decrypt(nonce.encode(), raw, associated_data.encode())
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise Undecipherable from error


def certificate_key(pem: str) -> tuple[str, str]:
    """The serial number (upper-case hex) and the public key (PEM) of a platform certificate."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    key = certificate.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"{certificate.serial_number:X}", key.decode()
