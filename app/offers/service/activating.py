"""An offer is bought from the account by one SQL function: transaction, subscription, job and debit are one commit."""

from typing import Any

from sqlalchemy import text

from app.audit import service as audit
from app.core import db
from app.core.ids import uuid7
from app.core.prepared import Prepared
from app.core.settings import Settings
from app.offers import measures
from app.offers.errors import ActivationsOpen, NoPartner
from app.offers.queries import activations
from app.offers.service import seen
from app.wallet.service import accounts

_ACTIVATE = Prepared(
    text("SELECT * FROM offers_activate(:id, :user_id, :offer_id, :repeat, :currency, :most_days, :who)")
)
# Nobody can pay further ahead than a hundred years.
MOST_DAYS_AHEAD = 36_600


def activate(*, user_id: int, offer_id: int, repeat: bool, settings: Settings) -> Any:
    """Take the price from the account and ask for the activation; the answer is the transaction."""
    asked = {"user_id": user_id, "offer_id": offer_id, "repeat": repeat, "currency": settings.currency}
    with measures.asking(), db.refusing():
        if not settings.partner_url:
            raise NoPartner
        made = _ACTIVATE.one(id=uuid7(), **asked, most_days=MOST_DAYS_AHEAD, who=audit.surroundings())
    seen.show_all(made)
    return made


def refuse_open(*, user_id: int) -> None:
    """Raise unless all activations of a customer have ended; none begins before the commit, for nothing is left."""
    accounts.refuse_money_left(user_id=user_id)
    if transaction_id := activations.in_progress(user_id):
        raise ActivationsOpen(transaction_id=transaction_id)
