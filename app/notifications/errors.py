"""What notifications refuse."""

from app.core.errors import AppError


class NotificationNotFound(AppError):
    """There is no such notification in your inbox; old ones are forgotten after a while."""

    status = 404
    code = "notification_not_found"
    detail = "There is no notification {notification_id} in your inbox."
