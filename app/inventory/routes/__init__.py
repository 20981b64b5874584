"""`/products`, stock files and `/reservations`."""

from app.inventory.routes import products, reservations, stock_files

BLUEPRINTS = [products.blp, stock_files.blp, reservations.blp]
