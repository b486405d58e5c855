"""Why a member, or a member's bank card, cannot do something. Every refusal says what to do next."""

from __future__ import annotations

from checkstand.kernel import CheckstandError, Kind


class MemberNotFound(CheckstandError):
    code = "member.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such member."
    remedy = "Check the id; a member of another business unit or of the other mode is not visible here."


class MemberFrozen(CheckstandError):
    """No money of the member moves by their will; what others owe them, refunds included, still arrives."""

    code = "member.frozen"
    kind = Kind.CONFLICT
    message = "This member is frozen."
    remedy = "Have the business unit unfreeze the member, or choose another way to pay or be paid."


class MemberClosed(CheckstandError):
    """Closed for good: nothing begins with this member again."""

    code = "member.closed"
    kind = Kind.CONFLICT
    message = "This member was closed and is not opened again."
    remedy = "Create a new member, or choose another way to pay or be paid."


class CardUnknown(CheckstandError):
    code = "card.not_found"
    kind = Kind.NOT_FOUND
    message = "This member has no such bank card."
    remedy = "List the member's cards; a removed card, or another member's, is not found here."


class CardNotVerified(CheckstandError):
    """Money goes to verified cards only, so that a mistyped number costs a few fen and not a settlement."""

    code = "card.not_verified"
    kind = Kind.CONFLICT
    message = "This bank card is not verified."
    remedy = "Start a verification: a small amount arrives on the card, and the member says how much it was."
