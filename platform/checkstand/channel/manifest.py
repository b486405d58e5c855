"""What a channel says about itself in `channel.yaml`; read once, validated, never changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import yaml

from checkstand.channel.port import Capability
from checkstand.channel.reasons import Reason
from checkstand.infra.yaml_text import load_yaml
from checkstand.kernel import CheckstandError, duration_s
from checkstand.kernel.money import EXPONENTS

TERMINALS = ("pc", "h5", "mini_program", "ios", "android")
REQUIRED_LOCALES = ("zh-CN", "en", "ar")

Texts = Mapping[str, str]


class ManifestError(CheckstandError):
    code = "channel.manifest_invalid"
    message = "This channel.yaml is not right."
    remedy = "Correct the named place; docs/reference/channel.md explains each field."


class Verdict(StrEnum):
    """What one of the channel's codes means for the number that was sent."""

    FINAL = "final"  # refused for good: nothing moved, nothing will
    RETRYABLE = "retryable"  # refused for now: the same number may be sent again
    NOT_FOUND = "not_found"
    CLOSED = "closed"
    UNKNOWN = "unknown"  # it may have happened


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of channel.yaml; a misspelt field is an error, not a silent default."""


class ErrorRule(Strict, frozen=True):
    """One row of the error table. `pay` and `refund` override `verdict` where a code means two things."""

    code: str
    reason: Reason
    verdict: Verdict = Verdict.UNKNOWN
    pay: Verdict | None = None
    refund: Verdict | None = None
    note: str = ""

    def for_verb(self, verb: str) -> Verdict:
        own = self.pay if verb == "pay" else self.refund if verb == "refund" else None
        return own or self.verdict


UNLISTED = ErrorRule(code="", reason=Reason.UNKNOWN_CODE)


class MethodManifest(Strict, frozen=True):
    """A payment method type that this channel serves, and its product per terminal."""

    type: str
    names: Texts
    products: Mapping[str, str]
    variants: Mapping[str, tuple[str, ...]] = {}
    hint: Texts = {}


class CredentialField(Strict, frozen=True):
    """One value a merchant has to enter; names starting with `sim_` belong to the simulator."""

    name: str
    label: Texts
    secret: bool = False
    required: bool = True
    multiline: bool = False


class Limits(Strict, frozen=True):
    min: int
    max: int


class NotificationManifest(Strict, frozen=True):
    """How the channel calls back; the texts of acknowledgements live in the adapter."""

    answer_within: str = "PT5S"
    retries: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()  # success | closed | refund: what it ever notifies about


class Manifest(Strict, frozen=True):
    """One channel. Times in the file are ISO 8601 durations, amounts minor units."""

    name: str
    names: Texts
    protocol: str
    currencies: frozenset[str]
    capabilities: frozenset[Capability]
    methods: tuple[MethodManifest, ...]
    limits: Mapping[str, Limits] = {}
    internal: bool = False
    simulator: bool = False
    live_base_url: str | None = None
    merchant_ref: str | None = None  # the credential that names the merchant at the channel
    credentials: tuple[CredentialField, ...] = ()
    not_found_grace: str = "PT5M"
    not_found_is_final_after_expiry: bool = False
    query_after: tuple[str, ...] = ()
    notification: NotificationManifest = NotificationManifest()
    errors: tuple[ErrorRule, ...] = ()
    # Of statements: whether the channel gives its own fee back with a refund, and after how many days it settles.
    fee_back: bool = False
    settle_days: int = 1
    logo: str | None = None
    folder: str = ""  # set by the loader

    def method(self, method_type: str) -> MethodManifest:
        for method in self.methods:
            if method.type == method_type:
                return method
        raise ManifestError(f"channel {self.name!r} does not serve the payment method {method_type!r}")

    def product_for(self, method_type: str, terminal: str, variant: str | None = None) -> str:
        """The product to ask for on this terminal, or the named variant; refused when the channel has none there."""
        method = self.method(method_type)
        product = method.products.get(terminal)
        if product is None:
            raise ManifestError(f"channel {self.name!r} cannot serve {method_type!r} on the terminal {terminal!r}")
        if variant is None or variant == product:
            return product
        if variant not in method.variants.get(terminal, ()):
            raise ManifestError(f"channel {self.name!r} has no product {variant!r} on the terminal {terminal!r}")
        return variant

    def terminals_of(self, method_type: str) -> frozenset[str]:
        return frozenset(self.method(method_type).products)

    def rule_of(self, code: str | None) -> ErrorRule:
        """The error table's row; spelling with and without underscores is the same code."""
        wanted = normal_code(code or "")
        return next((rule for rule in self.errors if normal_code(rule.code) == wanted), UNLISTED)

    def payee_of(self, credentials: Mapping[str, str]) -> str | None:
        """The merchant number that money must go to; answers report theirs as `payee`."""
        return credentials.get(self.merchant_ref) if self.merchant_ref else None

    @property
    def not_found_grace_s(self) -> int:
        return duration_s(self.not_found_grace)

    @property
    def query_after_s(self) -> tuple[int, ...]:
        return tuple(duration_s(text) for text in self.query_after)

    @property
    def secret_names(self) -> frozenset[str]:
        return frozenset(field.name for field in self.credentials if field.secret)

    @property
    def logo_path(self) -> Path | None:
        return Path(self.folder) / self.logo if self.logo else None


def normal_code(code: str) -> str:
    """`ORDER_NOT_EXIST` and `ORDERNOTEXIST` both exist across the ages of one documentation."""
    return code.replace("_", "").upper()


def load_manifest(path: Path) -> Manifest:
    """Read and check one channel.yaml; a mistake names the file and the place."""
    try:
        data = load_yaml(path.read_text("utf-8"))
        manifest = msgspec.convert(data, Manifest)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ManifestError(f"{path}: {error}") from error
    problems = [*_problems(manifest, path.parent)]
    if problems:
        raise ManifestError("\n".join(f"{path}: {problem}" for problem in problems))
    return msgspec.structs.replace(manifest, folder=str(path.parent))


def _problems(manifest: Manifest, folder: Path) -> list[str]:
    found: list[str] = []
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,31}", manifest.name):
        found.append(f"name {manifest.name!r}: use lower-case letters, digits and underscores")
    for currency in sorted(manifest.currencies | manifest.limits.keys()):
        if currency not in EXPONENTS:
            found.append(f"currencies: unknown currency {currency!r}")
    found += [f"names: add {locale}" for locale in REQUIRED_LOCALES if locale not in manifest.names]
    for i, method in enumerate(manifest.methods):
        found += [f"methods[{i}].names: add {locale}" for locale in REQUIRED_LOCALES if locale not in method.names]
        unknown = (method.products.keys() | method.variants.keys()) - set(TERMINALS)
        found += [f"methods[{i}].products: unknown terminal {terminal!r}" for terminal in sorted(unknown)]
        found += [f"methods[{i}].variants: {t!r} has no product" for t in method.variants if t not in method.products]
    for text in (manifest.not_found_grace, *manifest.query_after, *manifest.notification.retries):
        found += _duration_problem(text)
    if manifest.internal != (manifest.live_base_url is None):
        found.append("live_base_url: an external channel needs one, an internal channel has none")
    if manifest.merchant_ref and manifest.merchant_ref not in {field.name for field in manifest.credentials}:
        found.append(f"merchant_ref: {manifest.merchant_ref!r} is no credential")
    if manifest.logo and not (folder / manifest.logo).is_file():
        found.append(f"logo: {manifest.logo} is missing")
    return found + _duplicates("errors", [normal_code(rule.code) for rule in manifest.errors])


def _duration_problem(text: str) -> list[str]:
    try:
        duration_s(text)
    except CheckstandError as error:
        return [error.detail]
    return []


def _duplicates(place: str, values: list[Any]) -> list[str]:
    return [f"{place}: {value!r} is listed twice" for value in sorted({v for v in values if values.count(v) > 1})]
