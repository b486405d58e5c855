"""A member's balance (会员余额): an internal channel, its money moves in our own books."""
