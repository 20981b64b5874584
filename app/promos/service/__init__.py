"""Promos are planned, opened and closed; units are held, bought, and come back."""
