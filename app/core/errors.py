"""What the application can refuse: one class for each code, rendered in one place, described on one page."""

from typing import Any, ClassVar

CATALOGUE: dict[str, type["AppError"]] = {}
BY_CONSTRAINT: dict[str, type["AppError"]] = {}


class AppError(Exception):
    """A refusal with a stable code; a subclass names the fact, its docstring explains it to the user."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = ""
    detail: ClassVar[str] = ""
    constraint: ClassVar[str] = ""
    commits: ClassVar[bool] = False
    retry_after: float | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Enter the class in the catalogue; two classes with one code are a programming error."""
        super().__init_subclass__(**kwargs)
        if not cls.code:
            return
        if cls.code in CATALOGUE:
            raise TypeError(f"{cls.__name__} takes the code {cls.code} of {CATALOGUE[cls.code].__name__}")
        CATALOGUE[cls.code] = cls
        if cls.constraint:
            BY_CONSTRAINT[cls.constraint] = cls

    def __init__(
        self, *, retry_after: float | None = None, headers: dict[str, str] | None = None, **figures: Any
    ) -> None:
        """Keep the figures: they stand in the answer beside the code and fill the detail's template."""
        self.figures = figures
        self.headers = headers or {}
        if retry_after is not None:
            self.retry_after = retry_after
        super().__init__(self.text())

    @classmethod
    def title(cls) -> str:
        """The fact in words: the code itself."""
        return cls.code.replace("_", " ").capitalize()

    def text(self) -> str:
        """What happened this time."""
        return self.detail.format(**self.figures) if self.detail else self.title()


class ValidationFailed(AppError):
    """A field is missing, unknown or of the wrong kind. `errors` names each one by a JSON pointer; mend them all."""

    status = 422
    code = "validation_failed"
    detail = "The request has fields that cannot be accepted; see errors."

    def __init__(self, errors: list[dict[str, str]]) -> None:
        """Keep the list of faults."""
        super().__init__(errors=errors)


class MalformedBody(AppError):
    """The body is no JSON object, or is nested more than 32 levels deep. Nothing was read from it."""

    status = 400
    code = "malformed_body"
    detail = "{reason}"


class UnsupportedType(AppError):
    """The body is not declared as JSON. Send `Content-Type: application/json`."""

    status = 415
    code = "unsupported_type"
    detail = "Send the body as JSON with Content-Type: application/json."


class CsvExpected(AppError):
    """The body is not declared as CSV. Send the file as it is with `Content-Type: text/csv`."""

    status = 415
    code = "csv_expected"
    detail = "Send the file as the body, with Content-Type: text/csv."


class CsvUnreadable(AppError):
    """The file cannot be read as a table: its encoding, its quotes or its header. Nothing of it was used."""

    status = 422
    code = "csv_unreadable"
    detail = "{reason}"


class BodyTooLarge(AppError):
    """The body is over 1 MiB."""

    status = 413
    code = "body_too_large"
    detail = "The body is over {limit_bytes} bytes."


class BadCursor(AppError):
    """The cursor is not one that this list gave out with this ordering. Start again without it."""

    status = 400
    code = "bad_cursor"
    detail = "The cursor is not one that this list gave out; start again without it."


class BadRequest(AppError):
    """The request cannot be understood."""

    status = 400
    code = "bad_request"
    detail = "{reason}"


class NotAuthenticated(AppError):
    """The access token is missing, malformed, expired or ended. Sign in again."""

    status = 401
    code = "not_authenticated"
    detail = "Send a valid access token: Authorization: Bearer <token>."


class NotPermitted(AppError):
    """Your role may not do this."""

    status = 403
    code = "not_permitted"
    detail = "This needs the role {needs}; yours is {role}."


class RouteNotFound(AppError):
    """Nothing lives at this address, or it is not yours to see."""

    status = 404
    code = "not_found"
    detail = "There is nothing at this address."


class MethodNotAllowed(AppError):
    """The address exists but does not take this method. `Allow` lists those that it takes."""

    status = 405
    code = "method_not_allowed"
    detail = "This address does not take {method}."


class Stale(AppError):
    """Somebody changed the object after you read it. Read it again, then decide."""

    status = 412
    code = "stale"
    detail = "The object has changed since it was read; its version is now {version}."


class InUse(AppError):
    """Other objects refer to this one, so it cannot be deleted. `references` counts them by kind."""

    status = 409
    code = "in_use"
    detail = "It is still referred to."


class NothingChosen(AppError):
    """No row of the list is ticked, so there is nothing to change."""

    status = 409
    code = "nothing_chosen"
    detail = "Tick at least one row, or choose all that match."


class RateLimited(AppError):
    """Too many requests from one caller. Wait for the seconds in `Retry-After`."""

    status = 429
    code = "rate_limited"
    detail = "Too many requests; wait a moment."
    retry_after = 1


class IdempotencyMismatch(AppError):
    """The Idempotency-Key was used before with another request. Use a new key for a new request."""

    status = 422
    code = "idempotency_mismatch"
    detail = "This Idempotency-Key was used with another request."


class IdempotencyKeyInvalid(AppError):
    """An Idempotency-Key is 1 to 255 visible ASCII characters."""

    status = 422
    code = "idempotency_key_invalid"
    detail = "Send 1 to 255 visible ASCII characters as Idempotency-Key."


class IdempotencyInFlight(AppError):
    """A request with the same Idempotency-Key is still being worked on. Send it again in a moment to get its answer."""

    status = 409
    code = "idempotency_in_flight"
    detail = "A request with this Idempotency-Key is still running; send it again."
    retry_after = 1


class ValueOutOfRange(AppError):
    """The database cannot hold a value that was sent."""

    status = 422
    code = "value_out_of_range"
    detail = "A value is outside what can be stored."


class Busy(AppError):
    """The row is locked by another request, or the statement took too long. Nothing was changed; try again."""

    status = 503
    code = "busy"
    detail = "Too much is going on at once; nothing was changed. Try again."
    retry_after = 1


class Overloaded(AppError):
    """More requests wait than can be answered soon. Nothing was done; come back after the seconds in `Retry-After`."""

    status = 503
    code = "overloaded"
    detail = "More requests wait than can be answered soon; nothing was done. Try again after a pause."
    retry_after = 1


class DatabaseUnavailable(AppError):
    """The database does not answer. Nothing was acknowledged; try again."""

    status = 503
    code = "database_unavailable"
    detail = "The database does not answer; try again."
    retry_after = 2


class UnexpectedFault(AppError):
    """A fault of ours. It is logged under the request id; tell us that."""

    status = 500
    code = "unexpected_fault"
    detail = "Something went wrong on our side. It is logged under the request id."
