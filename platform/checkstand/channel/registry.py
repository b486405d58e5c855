"""Finds the channels: every entry point of the group `checkstand.channels` is one.

An entry point names a package that holds `channel.yaml`. An external channel's package also offers
`ADAPTER` where it takes payments, `PAYOUT_ADAPTER` where it pays out, and for its simulator `Simulator`,
`simulator_link` and `test_credentials`; they are imported when first asked for, so that reading a
manifest costs no cryptography.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from checkstand.channel.bills import StatementAdapter
from checkstand.channel.manifest import Manifest, ManifestError, Texts, load_manifest
from checkstand.channel.payouts import PayoutAdapter
from checkstand.channel.port import Action, Adapter, Capability, ChannelAccount
from checkstand.kernel import CheckstandError, Kind

GROUP = "checkstand.channels"


class UnknownChannel(CheckstandError):
    code = "channel.unknown"
    kind = Kind.NOT_FOUND
    message = "No channel has this name."
    remedy = "`checkstand channels list` prints the channels that are installed."


class ChannelCannot(CheckstandError):
    code = "channel.cannot"
    kind = Kind.NOT_FOUND
    message = "This channel does not do that."
    remedy = "`checkstand channels list` prints what each channel can do; choose one that can."


@dataclass(frozen=True, slots=True)
class MethodType:
    """A payment method as payers know it, over all channels that serve it.

    Terminals, currencies and capabilities are what at least one of the channels offers; a scenario
    that names a route is checked against that channel's own manifest.
    """

    type: str
    names: Texts
    channels: tuple[str, ...]
    terminals: frozenset[str]
    currencies: frozenset[str]
    capabilities: frozenset[Capability]
    logo: Path | None


@dataclass(frozen=True)
class Channel:
    """One installed channel. `adapter` and the simulator parts are absent from an internal channel."""

    manifest: Manifest
    package: str

    @property
    def folder(self) -> Path:
        """Where the channel keeps its files."""
        return _folder(self.package)

    @cached_property
    def adapter(self) -> Adapter:
        if self.manifest.internal:
            raise UnknownChannel(f"channel {self.manifest.name!r} is internal: its money moves in our own books")
        if Capability.PAY not in self.manifest.capabilities:
            raise ChannelCannot(f"channel {self.manifest.name!r} takes no payments")
        adapter: Adapter = import_module(f"{self.package}.adapter").ADAPTER
        return adapter

    @cached_property
    def payout_adapter(self) -> PayoutAdapter:
        if Capability.PAYOUT not in self.manifest.capabilities:
            raise ChannelCannot(f"channel {self.manifest.name!r} pays nothing out")
        adapter: PayoutAdapter = import_module(f"{self.package}.adapter").PAYOUT_ADAPTER
        return adapter

    @property
    def statement_adapter(self) -> StatementAdapter:
        """Who fetches the bills of a channel that takes payments; a bank's statement is its payout adapter's."""
        if not {Capability.PAY, Capability.STATEMENT} <= self.manifest.capabilities:
            raise ChannelCannot(f"channel {self.manifest.name!r} has no bills to fetch")
        adapter: Any = self.adapter
        fetching: StatementAdapter = adapter
        return fetching

    @cached_property
    def simulator(self) -> Callable[..., Any] | None:
        """The simulator's class, or None; `build_simulators` makes and mounts it."""
        return getattr(import_module(f"{self.package}.simulator"), "Simulator", None) if self._simulated else None

    def test_credentials(
        self, variant: str | None = None, *, previous: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Fresh keys for a new test account, with the simulator's matching halves under `sim_…`.

        With `previous` the same merchant after rotating its own keys.
        """
        if not self._simulated:
            return {}
        testing = import_module(f"{self.package}.testing")
        made: dict[str, str] = testing.new_credentials(variant or testing.VARIANTS[0], previous)
        return made

    @property
    def test_variants(self) -> tuple[str, ...]:
        variants: tuple[str, ...] = import_module(f"{self.package}.testing").VARIANTS if self._simulated else ()
        return variants

    def simulator_link(self, account: ChannelAccount, action: Action) -> str | None:
        """Where a person plays the shopper in test mode; None for live accounts."""
        if not self._simulated or account.mode != "test":
            return None
        link: str | None = import_module(f"{self.package}.testing").simulator_link(account, action)
        return link

    @property
    def _simulated(self) -> bool:
        return self.manifest.simulator and not self.manifest.internal


class Registry:
    """All channels by name, and the method types they add up to."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = dict(sorted(channels.items()))

    @classmethod
    def load(cls) -> Registry:
        """Read the manifest of every installed channel; a broken one stops the start with its message."""
        found: dict[str, Channel] = {}
        for package in _packages():
            manifest = load_manifest(_folder(package) / "channel.yaml")
            if manifest.name in found:
                raise ManifestError(f"two packages call their channel {manifest.name!r}: {package} and another")
            found[manifest.name] = Channel(manifest, package)
        return cls(found)

    def channel(self, name: str) -> Channel:
        try:
            return self._channels[name]
        except KeyError:
            close = difflib.get_close_matches(name, self._channels, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise UnknownChannel(f"unknown channel {name!r}{hint}") from None

    def channels(self) -> tuple[Channel, ...]:
        return tuple(self._channels.values())

    def method_types(self) -> Mapping[str, MethodType]:
        """Every payment method type that some channel serves."""
        return self._method_types

    @cached_property
    def _method_types(self) -> Mapping[str, MethodType]:
        types: dict[str, MethodType] = {}
        for channel in self._channels.values():
            for method in channel.manifest.methods:
                types[method.type] = _joined(types.get(method.type), channel.manifest, method.type)
        return types


def _joined(known: MethodType | None, manifest: Manifest, method_type: str) -> MethodType:
    method = manifest.method(method_type)
    own = MethodType(
        method_type,
        method.names,
        (manifest.name,),
        manifest.terminals_of(method_type),
        manifest.currencies,
        manifest.capabilities,
        manifest.logo_path,
    )
    if known is None:
        return own
    return MethodType(
        method_type,
        known.names,
        (*known.channels, manifest.name),
        known.terminals | own.terminals,
        known.currencies | own.currencies,
        known.capabilities | own.capabilities,
        known.logo or own.logo,
    )


def _packages() -> list[str]:
    installed = sorted({entry.value.partition(":")[0] for entry in entry_points(group=GROUP)})
    return installed or _checkout_packages()


def _checkout_packages() -> list[str]:
    """A source tree that was never installed has no entry points: its folders speak for themselves."""
    root = Path(__file__).parents[3] / "channels"
    return sorted(".".join(path.parent.relative_to(root).parts) for path in root.glob("*/*/channel.yaml"))


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ManifestError(f"the entry point {package!r} of the group {GROUP} names no package")
    return Path(next(iter(spec.submodule_search_locations)))
