"""`/orders` and `/reports/daily`."""

from app.orders.routes import orders, reports, work

BLUEPRINTS = [orders.blp, work.blp, reports.blp]
