"""Whether a scenario keeps its promises for every order, and an order for which it does not (证明)."""

from checkstand.proof.cache import Proofs
from checkstand.proof.catalogue import proven, proven_catalogue
from checkstand.proof.facts import ChannelFacts, Installed, installed
from checkstand.proof.locate import is_proof, problems_of
from checkstand.proof.model import ProofFinding, Witness
from checkstand.proof.words import order_words

__all__ = [
    "ChannelFacts",
    "Installed",
    "ProofFinding",
    "Proofs",
    "Witness",
    "installed",
    "is_proof",
    "order_words",
    "problems_of",
    "proven",
    "proven_catalogue",
]
