"""Offers that customers take from their balance, and the partner who activates them."""
