"""`/flash-promos` and `/promo-reservations`."""

from app.promos.routes import announcing, lifecycle, preflight, promos, reservations

BLUEPRINTS = [promos.blp, lifecycle.blp, preflight.blp, announcing.blp, reservations.blp]
