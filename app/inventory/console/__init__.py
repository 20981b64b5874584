"""Products, their stock and reservations in the console."""

from flask import Blueprint

from app.inventory.console import attention, finding, product_form, products, reservations, stock, stock_files

blp = Blueprint("inventory_console", __name__, url_prefix="/console")
for page in (products, reservations):
    blp.register_blueprint(page.blp)
attention.hang_up()
finding.hang_up()

__all__ = ["blp", "product_form", "stock", "stock_files"]
