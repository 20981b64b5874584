"""What identity refuses."""

from app.core.errors import AppError


class LoginRefused(AppError):
    """The user does not exist, is deactivated, or the password is wrong; which of them is not told."""

    status = 401
    code = "login_refused"
    detail = "The username or the password is wrong."


class LoginLocked(AppError):
    """Too many wrong passwords for this account or from this address. Wait until `retry_at`, or reset the password."""

    status = 429
    code = "login_locked"
    detail = "Too many failed logins. Try again in {wait}, or reset the password."


class PasswordWrong(AppError):
    """The current password, which this change asks for, is wrong. Wrong ones count like failed logins."""

    status = 422
    code = "password_wrong"
    detail = "The current password is wrong."


class TooManyAttempts(AppError):
    """Asked for too often from one network address, or for one mail address. Wait, then ask again."""

    status = 429
    code = "too_many_attempts"
    detail = "This was asked for too often. Try again in {wait}."


class LinkInvalid(AppError):
    """The link was used already, is too old, or is not one that was sent. Ask for a new one."""

    status = 409
    code = "link_invalid"
    detail = "This link was used already or is too old. Ask for a new one."


class EmailAlreadyVerified(AppError):
    """The address of this account is verified; no mail is needed."""

    status = 409
    code = "email_already_verified"
    detail = "Your e-mail address is verified already."


class RefreshRefused(AppError):
    """The refresh token is unknown, expired, or its session has ended. Sign in again."""

    status = 401
    code = "refresh_refused"
    detail = "The refresh token is not valid any more; sign in again."


class RefreshReused(AppError):
    """The refresh token was used before, so somebody else may have a copy. Its session is ended; sign in again."""

    status = 401
    code = "refresh_reused"
    detail = "This refresh token was used before; the session is ended. Sign in again."
    commits = True


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


class UserNotFound(AppError):
    """There is no such user."""

    status = 404
    code = "user_not_found"
    detail = "There is no user {user_id}."


class LastAdmin(AppError):
    """Without this user nobody could manage users any more. Make somebody else an admin first."""

    status = 409
    code = "last_admin"
    detail = "This is the last active admin; make somebody else an admin first."
