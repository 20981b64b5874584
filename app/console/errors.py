"""What kept lists refuse."""

from app.core.errors import AppError


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
