"""What mail refuses."""

from app.core.errors import AppError


class EmailNotFound(AppError):
    """There is no such mail; old ones are forgotten after a while."""

    status = 404
    code = "email_not_found"
    detail = "There is no mail {email_id}."


class RecipientInvalid(AppError):
    """The address cannot be written into a mail."""

    status = 422
    code = "recipient_invalid"
    detail = "{recipient} is no address that mail can be sent to."


class EmailHoldsLink(AppError):
    """The mail holds a link for its reader alone, which is not kept and ends soon, so it cannot be sent again."""

    status = 409
    code = "email_holds_link"
    detail = "The link in this mail is not kept, so it cannot be sent again. Its reader can ask for a new link."
