"""Alipay's signatures: RSA2 over sorted, un-encoded parameters, or over a literal piece of JSON."""

from __future__ import annotations

from collections.abc import Mapping

from checkstand.channel import rsa


def request_string(params: Mapping[str, str]) -> str:
    """What a request's signature covers: `sign_type` stays in, empty values and `sign` drop out."""
    return _joined({name: value for name, value in params.items() if name != "sign"})


def notify_string(params: Mapping[str, str]) -> str:
    """What a notification's signature covers: neither `sign` nor `sign_type`."""
    return _joined({name: value for name, value in params.items() if name not in ("sign", "sign_type")})


def _joined(params: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(params.items()) if value != "")


def sign(private_key_pem: str, text: str) -> str:
    return rsa.sign(private_key_pem, text.encode())


def verify(public_key_pem: str, text: str, signature: str) -> bool:
    return rsa.verify(public_key_pem, text.encode(), signature)
