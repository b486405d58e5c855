"""Whether members let a refund happen: one who sold must be permitted to, and a closed one gets nothing back."""

from __future__ import annotations

from sqlalchemy import Connection

from checkstand.app.case import Case
from checkstand.infra.ops import Op
from checkstand.kernel import present
from checkstand.member import get_member, require_open, still_the_same
from checkstand.member.abilities import require_ability


def refund_guards(connection: Connection, case: Case, *, to_balance: bool) -> list[Op]:
    """Guards for the commit that reserves the refund. Raises `MemberClosed` or `MemberMayNot`.

    A frozen member's refunds run: the shopper's right to the money does not depend on the seller's conduct.
    Who has closed the balance that paid a part still gets back what a channel was paid.
    """
    guards: list[Op] = []
    payee = case.transaction.payee
    seller = case.session.payee_id or payee  # settled for by the payee, where they are two
    paid = (case.attempt, *(leg.attempt for leg in case.legs)) if to_balance else ()
    payers = {attempt.instruction.get("member_id") for attempt in paid}
    for member_id in sorted({payee, seller, *payers} - {None, ""}):
        if not member_id.startswith("mbr_"):
            continue  # the business unit's own merchant
        row = present(get_member(connection, case.tenant_id, member_id), "a member stays", member=member_id)
        require_open(row)
        if member_id == seller:
            require_ability(connection, row, "refund")
        guards.append(still_the_same(row))
    return guards
