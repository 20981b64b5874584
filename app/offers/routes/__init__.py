"""`/offers`, `/activation`, `/account/transactions` and `/account/subscriptions`."""

from app.offers.routes import activation, offers, subscriptions, transactions

BLUEPRINTS = [offers.blp, activation.blp, transactions.blp, subscriptions.blp]
