"""Offers, activations and subscriptions in the console."""

from flask import Blueprint

from app.offers.console import activations, attention, cases, detail, finding, offer_form, offers, subscriptions

blp = Blueprint("offers_console", __name__, url_prefix="/console")
for page in (offers, activations, subscriptions):
    blp.register_blueprint(page.blp)
attention.hang_up()
finding.hang_up()

__all__ = ["blp", "cases", "detail", "offer_form"]
