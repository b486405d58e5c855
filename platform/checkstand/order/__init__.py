"""业务订单: what was sold, its amount and its deadline."""

from checkstand.order.states import ORDER, OrderEvent, OrderState
from checkstand.order.store import business_order, find_order, get_order

__all__ = ["ORDER", "OrderEvent", "OrderState", "business_order", "find_order", "get_order"]
