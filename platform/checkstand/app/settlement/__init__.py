"""结算: batches are cut, calculated, approved and paid; reserves are released and debts recovered on the way."""
