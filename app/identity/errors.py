"""What identity refuses."""

from app.core.errors import AppError


class LoginRefused(AppError):
    """The user does not exist, is deactivated, or the password is wrong; which of them is not told."""

    status = 401
    code = "login_refused"
    detail = "The username or the password is wrong."


class UsernameTaken(AppError):
    """Another user has this name; upper and lower case make no difference."""

    status = 409
    code = "username_taken"
    detail = "This username is taken."
    constraint = "uq_users_username"


class EmailTaken(AppError):
    """Another user has this address."""

    status = 409
    code = "email_taken"
    detail = "This e-mail address is taken."
    constraint = "uq_users_email"
