"""Flash promotions: an allotment, a window, an audience, and one unit held for each buyer for a minute."""
