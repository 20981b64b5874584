"""What the sale room and kept lists refuse."""

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
    detail = "Nothing was ended. The promo ends when its name is typed, which is {name}."


class AlreadySo(AppError):
    """The promo is in that state already. `since` says from when on."""

    status = 409
    code = "already_so"
    detail = "It is {promo_status} already, since {since}. Nothing was changed."


class ViewNotFound(AppError):
    """There is no such saved view of yours. Only its owner deletes it, and an admin if it is shared."""

    status = 404
    code = "view_not_found"
    detail = "There is no such saved view of yours."


class TooManyViews(AppError):
    """So many views of one list are saved that a menu cannot show more. Delete one that nobody needs."""

    status = 409
    code = "too_many_views"
    detail = "You keep {most} views of this list already. Delete one first."


class NoListThere(AppError):
    """A view is kept of a list of the console with at least one filter, so that there is something to keep."""

    status = 422
    code = "no_list_there"
    detail = "Filter or sort the list first; then there is something to keep."
