"""出款: money that leaves through a bank account of ours, and every doubt on its way."""
