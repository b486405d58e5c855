"""Every kind of payout and what it books. A kind's functions live with what it pays."""

from collections.abc import Mapping
from typing import Final

from checkstand.app.members.verification_kind import VERIFICATION
from checkstand.app.payouts.kind import PayoutKind
from checkstand.app.payouts.withdrawal_kind import WITHDRAWAL
from checkstand.app.settlement.payout_of_batch import SETTLEMENT

KINDS: Final[Mapping[str, PayoutKind]] = {
    "settlement": SETTLEMENT,
    "verification": VERIFICATION,
    "withdrawal": WITHDRAWAL,
}
