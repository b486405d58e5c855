"""The books: trial balance, accounts, journals, adjustments by two people, closed days."""
