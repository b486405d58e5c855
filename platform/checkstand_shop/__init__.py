"""Lantern Books, a demo storefront: it plays the merchant's server and knows Checkstand by HTTP only.

Catalogue, its own orders in its own database, `POST /v1/checkout-sessions`, and a webhook that it
verifies before it believes anything. What a merchant has to write is what is here, and no more.
"""

from checkstand_shop.app import build_shop
from checkstand_shop.config import ScenarioCard, ShopConfig

__all__ = ["ScenarioCard", "ShopConfig", "build_shop"]
