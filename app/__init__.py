"""Holdfast: the engine that a shop runs its flash sales on."""
