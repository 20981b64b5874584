"""Prepaid offers, their activation at a partner, and the subscriptions that come of it."""
