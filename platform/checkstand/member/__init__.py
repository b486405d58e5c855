"""会员: who takes part. Business units (tenants), their keys, and the members whose balances they keep."""

from checkstand.member.store import (
    SCOPES,
    api_key,
    find_key,
    find_member,
    get_member,
    get_tenant,
    hash_key,
    member,
    member_op,
    new_api_key,
    revoke_op,
    tenant,
    tenant_op,
)

__all__ = [
    "SCOPES",
    "api_key",
    "find_key",
    "find_member",
    "get_member",
    "get_tenant",
    "hash_key",
    "member",
    "member_op",
    "new_api_key",
    "revoke_op",
    "tenant",
    "tenant_op",
]
