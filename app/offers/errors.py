"""What offers refuse."""

from app.core.errors import AppError


class OfferNotFound(AppError):
    """There is no such offer, or it is inactive and you are not staff."""

    status = 404
    code = "offer_not_found"
    detail = "There is no offer {offer_id}."


class ActivationInProgress(AppError):
    """The same offer is being activated for you. Wait for it, or send `repeat` if you want it once more."""

    status = 409
    code = "activation_in_progress"
    detail = "Activation {transaction_id} of the same offer is in progress."


class SubscriptionTooFar(AppError):
    """The paid periods of this offer reach so far ahead that no more can be added."""

    status = 409
    code = "subscription_too_far"
    detail = "Nobody can pay for more than {most_days} days ahead."


class NoPartner(AppError):
    """The shop has no partner who activates offers. Nothing was charged."""

    status = 409
    code = "no_partner"
    detail = "No partner is configured."


class TransactionNotFound(AppError):
    """There is no such transaction of yours."""

    status = 404
    code = "transaction_not_found"
    detail = "There is no transaction {transaction_id}."


class TransactionEnded(AppError):
    """The transaction has succeeded or failed; nothing can be done about it any more."""

    status = 409
    code = "transaction_ended"
    detail = "The transaction is {transaction_status}."


class TransactionNotStuck(AppError):
    """Operators end a transaction only when the partner has said nothing definite for a day; until then, ask again."""

    status = 409
    code = "transaction_not_stuck"
    detail = "The partner is still being asked; ask again, or wait until it counts as stuck."


class TransactionWentOn(AppError):
    """Something was done for the transaction after you looked at it. Look again, then decide."""

    status = 409
    code = "transaction_went_on"
    detail = "The transaction went on since you looked at it."


class ActivationsOpen(AppError):
    """A customer whose activation is in progress is not deleted. Wait for its end."""

    status = 409
    code = "activations_open"
    detail = "Activation {transaction_id} is in progress."
