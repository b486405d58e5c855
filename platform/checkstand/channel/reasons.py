"""Why a channel refused, in our words: the closed list that error tables map to and pages explain."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """One code per thing a person can do about it."""

    # the payer can act
    INSUFFICIENT_FUNDS = "insufficient_funds"
    RISK_REFUSED = "risk_refused"
    PAYER_BLOCKED = "payer_blocked"
    LIMIT_EXCEEDED = "limit_exceeded"
    PAYER_UNKNOWN = "payer_unknown"
    DECLINED = "declined"
    # the state of the number at the channel
    ALREADY_PAID = "already_paid"
    ALREADY_CLOSED = "already_closed"
    WRONG_STATE = "wrong_state"
    NOT_FOUND = "not_found"
    NUMBER_REUSED = "number_reused"
    REFUND_EXCEEDS_PAID = "refund_exceeds_paid"
    REFUND_WINDOW_OVER = "refund_window_over"
    REFUND_NOT_ALLOWED = "refund_not_allowed"
    REFUND_ABNORMAL = "refund_abnormal"  # the payer's bank refused it; a person has to choose another way
    MERCHANT_FUNDS_SHORT = "merchant_funds_short"
    # a payout's receiver has to correct their bank card
    PAYEE_ACCOUNT_WRONG = "payee_account_wrong"
    PAYEE_NAME_WRONG = "payee_name_wrong"
    # the merchant or the platform must act
    INVALID_REQUEST = "invalid_request"
    MISCONFIGURED = "misconfigured"
    # nobody can act: wait and ask
    RATE_LIMITED = "rate_limited"
    CHANNEL_UNAVAILABLE = "channel_unavailable"
    NO_ANSWER = "no_answer"
    UNVERIFIED = "unverified"  # the answer's signature, age or shape cannot be trusted
    UNKNOWN_CODE = "unknown_code"


# Refusals that say something about the channel or our account there and nothing about the payer.
# Only these may send a payment to the next route: a payer without funds has none elsewhere either.
CHANNEL_SIDE = frozenset({Reason.MISCONFIGURED, Reason.RATE_LIMITED, Reason.CHANNEL_UNAVAILABLE})
