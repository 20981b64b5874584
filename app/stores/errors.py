"""What stores refuse."""

from app.core.errors import AppError


class StoreNotFound(AppError):
    """There is no such store, or it is inactive and you are not staff."""

    status = 404
    code = "store_not_found"
    detail = "There is no store {store_id}."
