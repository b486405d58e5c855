"""A bank account (银行): ISO 20022 payout files out, status reports and statements in."""
