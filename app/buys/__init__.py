"""Buys that shops tell of: each counted once and for ever, the figures made of them, and the shop's own beside them."""
