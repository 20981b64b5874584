"""`/auth/profile`, `/customers`, `/segments`."""

from app.customers.routes import customers, profile, segments

__all__ = ["BLUEPRINTS"]

BLUEPRINTS = (profile.blp, customers.blp, segments.blp)
