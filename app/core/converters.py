"""Path parameters."""

from werkzeug.routing import BaseConverter


class IdConverter(BaseConverter):
    """A positive integer that surely fits a bigint; anything else is no address of ours."""

    # The pattern alone decides: an id refused only after routing would be answered 405 where another method is known.
    regex = r"[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        """The id as a number."""
        return int(value)
