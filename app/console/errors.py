"""What the sale room refuses by itself."""

from app.core.errors import AppError


class ChangedMeanwhile(AppError):
    """Somebody else changed the same thing after your page showed it. Look at how it is now, then decide."""

    status = 409
    code = "changed_meanwhile"
    detail = "{what}: you saw {seen}, it is {current} now. Nothing was changed."


class NotConfirmed(AppError):
    """What cannot be taken back wants its name typed. `name` is what to type."""

    status = 409
    code = "not_confirmed"
    detail = "Nothing was ended. To end the promo, type: {name}"


class AlreadySo(AppError):
    """The promo is in that state already. `since` says from when on."""

    status = 409
    code = "already_so"
    detail = "It is {promo_status} already, since {since}. Nothing was changed."
