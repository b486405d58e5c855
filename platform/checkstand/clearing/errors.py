"""Why an amount cannot be shared out."""

from __future__ import annotations

from checkstand.kernel import CheckstandError, Kind


class RuleDoesNotSum(CheckstandError):
    """Fee and shares are more than the amount, so nobody can be paid by this rule."""

    code = "clearing.rule_does_not_sum"
    kind = Kind.CONFLICT
    message = "The fee and the partners' shares are more than the amount."
    remedy = "Lower the shares or the fee in the scenario's settlement section, or raise amount_limits.min."


class ReceiverUnknown(CheckstandError):
    """A share belongs to somebody who is no member here."""

    code = "clearing.receiver_unknown"
    kind = Kind.CONFLICT
    message = "A partner of this scenario is no active member of the business unit."
    remedy = "Create the member in the same mode, or correct settlement.splits; `detail` names the share."
