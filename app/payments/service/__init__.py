"""Money comes in, goes back, and what providers tell is believed once."""
