"""`/orders` and `/reports/daily`."""

from app.orders.routes import orders, work

BLUEPRINTS = [orders.blp, work.blp]
