"""Channels (渠道): the port, what is installed, who is asked first, and what was said."""

from checkstand.channel.accounts import AccountBook, load_account
from checkstand.channel.manifest import TERMINALS, Manifest, ManifestError, Verdict, load_manifest
from checkstand.channel.reasons import CHANNEL_SIDE, Reason
from checkstand.channel.registry import Channel, ChannelCannot, MethodType, Registry, UnknownChannel
from checkstand.channel.vault import Vault

__all__ = [
    "CHANNEL_SIDE",
    "TERMINALS",
    "AccountBook",
    "Channel",
    "ChannelCannot",
    "Manifest",
    "ManifestError",
    "MethodType",
    "Reason",
    "Registry",
    "UnknownChannel",
    "Vault",
    "Verdict",
    "load_account",
    "load_manifest",
]
