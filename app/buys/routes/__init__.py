"""`/buy`, `/stats` and `/analytics`."""

from app.buys.routes import analytics, buys

BLUEPRINTS = [buys.blp, analytics.blp]
