"""The business unit itself as an owner of accounts, beside its members."""


def merchant_owner(tenant_id: str, mode: str) -> str:
    """The owner of the merchant's accounts; test money and live money never share an account."""
    return f"{tenant_id}/{mode}"
