"""`/products` and `/reservations`."""

from app.inventory.routes import products, reservations

BLUEPRINTS = [products.blp, reservations.blp]
