"""结算: batches and payouts: paying what clearing found."""
