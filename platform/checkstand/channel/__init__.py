"""Channels (渠道): the port, what is installed, who is asked first, and what was said."""

from checkstand.channel.manifest import TERMINALS, Manifest, ManifestError, Verdict, load_manifest
from checkstand.channel.reasons import CHANNEL_SIDE, Reason
from checkstand.channel.registry import Channel, MethodType, Registry, UnknownChannel

__all__ = [
    "CHANNEL_SIDE",
    "TERMINALS",
    "Channel",
    "Manifest",
    "ManifestError",
    "MethodType",
    "Reason",
    "Registry",
    "UnknownChannel",
    "Verdict",
    "load_manifest",
]
