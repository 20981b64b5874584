"""Notifications: what customers are told, once for each subject, and so often a day at most."""
