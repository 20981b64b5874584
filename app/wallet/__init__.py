"""Money that customers have with us: accounts, and a ledger that only grows."""
