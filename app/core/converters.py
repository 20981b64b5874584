"""Path parameters."""

from werkzeug.routing import BaseConverter, ValidationError

LARGEST_ID = 2**63 - 1


class IdConverter(BaseConverter):
    """A positive integer that fits a bigint; anything else is no address of ours."""

    regex = r"[1-9]\d{0,18}"

    def to_python(self, value: str) -> int:
        """The id as a number."""
        number = int(value)
        if number > LARGEST_ID:
            raise ValidationError
        return number
