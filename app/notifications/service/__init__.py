"""Customers are told, read what they were told, and are forgotten."""
