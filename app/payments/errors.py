"""What payments refuse."""

from app.core.errors import AppError


class WebhookSignatureInvalid(AppError):
    """The signature does not fit the body and our secrets, or the timestamp is more than 300 seconds off."""

    status = 401
    code = "webhook_signature_invalid"
    detail = "The signature of this message is not valid."


class RefundTooLarge(AppError):
    """More was asked for than is left of what came in. `refundable` says how much that is."""

    status = 409
    code = "refund_too_large"
    detail = "{amount} were asked for; {refundable} can be paid back."


class NothingToRefund(AppError):
    """Nothing came in for this order, or all of it was paid back already."""

    status = 409
    code = "nothing_to_refund"
    detail = "There is nothing left to pay back."


class RefundNotFound(AppError):
    """There is no such refund."""

    status = 404
    code = "refund_not_found"
    detail = "There is no refund {refund_id}."


class RefundNotFailed(AppError):
    """Only a failed refund can be tried again."""

    status = 409
    code = "refund_not_failed"
    detail = "The refund is {refund_state}."


class EventNotFlagged(AppError):
    """Only a message that is flagged can be settled again; this one is not there, or is settled already."""

    status = 409
    code = "event_not_flagged"
    detail = "There is no flagged message {event_id}."


class NothingToSee(AppError):
    """The message is neither flagged nor contradicted, or somebody has marked it as seen."""

    status = 409
    code = "nothing_to_see"
    detail = "Message {event_id} waits for nobody."


class NoPaymentProvider(AppError):
    """The shop has no payment provider; an operator records payments."""

    status = 409
    code = "no_payment_provider"
    detail = "No payment provider is configured."


class PaymentProviderUnavailable(AppError):
    """The payment provider does not answer. Nothing was charged; try again."""

    status = 503
    code = "payment_provider_unavailable"
    detail = "The payment provider does not answer; try again."
    retry_after = 2
