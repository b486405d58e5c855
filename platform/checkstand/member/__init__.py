"""会员: who takes part. Business units (tenants), their keys, and the members whose balances they keep."""

from checkstand.member.errors import CardNotVerified, CardUnknown, MemberClosed, MemberFrozen, MemberNotFound
from checkstand.member.status import require_active, require_open, still_active, still_the_same
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
    "CardNotVerified",
    "CardUnknown",
    "MemberClosed",
    "MemberFrozen",
    "MemberNotFound",
    "api_key",
    "find_key",
    "find_member",
    "get_member",
    "get_tenant",
    "hash_key",
    "member",
    "member_op",
    "new_api_key",
    "require_active",
    "require_open",
    "revoke_op",
    "still_active",
    "still_the_same",
    "tenant",
    "tenant_op",
]
