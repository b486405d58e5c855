"""Payment protocols (支付协议): rule packs say which flow a product takes and what each step of it books.

A pack is one YAML file: the product and payment codes it serves, its journal templates in the notation
of the books, and the events of our state tables on which they are posted. Packs are read and checked
once; a template is compiled then, so that posting costs no more than code written by hand.
"""

from checkstand.accounting.protocol.errors import ProtocolInvalid
from checkstand.accounting.protocol.loading import BUILT_IN, load_packs
from checkstand.accounting.protocol.paths import check_paths
from checkstand.accounting.protocol.protocol import Flow, Protocol, current, template, use
from checkstand.accounting.protocol.template import Template

__all__ = [
    "BUILT_IN",
    "Flow",
    "Protocol",
    "ProtocolInvalid",
    "Template",
    "check_paths",
    "current",
    "load_packs",
    "template",
    "use",
]
