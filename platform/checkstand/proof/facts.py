"""What the proof has to know about the installed channels: from their manifests, as plain values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from checkstand.channel import Registry
from checkstand.channel.manifest import Manifest


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What one channel can do."""

    terminals: Mapping[str, frozenset[str]]  # payment method type → terminals
    currencies: frozenset[str]
    capabilities: frozenset[str]
    internal: bool = False
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # currency → smallest and largest amount


@dataclass(frozen=True, slots=True)
class Installed:
    """The channels of this installation. `fingerprint` changes when any of the facts does."""

    channels: Mapping[str, ChannelFacts]
    fingerprint: str

    def serving(self, method_type: str) -> tuple[str, ...]:
        """The channels that serve this payment method type."""
        return tuple(name for name, channel in self.channels.items() if method_type in channel.terminals)


def installed(registry: Registry) -> Installed:
    """The facts of every installed channel."""
    return of_channels({channel.manifest.name: _facts(channel.manifest) for channel in registry.channels()})


def of_channels(channels: Mapping[str, ChannelFacts]) -> Installed:
    """The same for channels that are described here and now."""
    written = {name: _plain(channel) for name, channel in sorted(channels.items())}
    digest = hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()
    return Installed(channels, digest)


def _facts(manifest: Manifest) -> ChannelFacts:
    return ChannelFacts(
        terminals={method.type: manifest.terminals_of(method.type) for method in manifest.methods},
        currencies=manifest.currencies,
        capabilities=frozenset(capability.value for capability in manifest.capabilities),
        internal=manifest.internal,
        limits={currency: (limits.min, limits.max) for currency, limits in manifest.limits.items()},
    )


def _plain(channel: ChannelFacts) -> list[object]:
    return [
        {name: sorted(terminals) for name, terminals in channel.terminals.items()},
        sorted(channel.currencies),
        sorted(channel.capabilities),
        channel.internal,
        channel.limits,
    ]
