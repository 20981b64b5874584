"""Orders in the console."""

from flask import Blueprint

from app.orders.console import attention, detail, finding, money, orders, work

blp = Blueprint("orders_console", __name__, url_prefix="/console")
blp.register_blueprint(orders.blp)
attention.hang_up()
finding.hang_up()

__all__ = ["blp", "detail", "money", "work"]
