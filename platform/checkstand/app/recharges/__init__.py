"""充值: money into a member's balance, through a checkout of a recharge scenario."""
