"""Machinery that every domain uses; it knows no business word."""
