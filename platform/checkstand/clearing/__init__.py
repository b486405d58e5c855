"""清分: what each party of a transaction is owed."""
