"""JSON lines on standard output, ours and those of libraries alike, with the request id in each.

A command's standard output is its answer: there the lines go to standard error.
"""

import logging
import os
import sys
from typing import Any

import orjson
import structlog


def configure(*, level: str, fmt: str) -> None:
    """Set both structlog and the standard library's logging to one format."""
    number = logging.getLevelNamesMapping()[level.upper()]
    output = sys.stderr if os.environ.get("FLASK_RUN_FROM_CLI") == "true" else sys.stdout
    structlog.configure(
        processors=[*_shared(), structlog.processors.format_exc_info if fmt == "json" else _as_is, _renderer(fmt)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(output),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(formatter(fmt))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.INFO))


def errors_only() -> None:
    """From here on nothing below an error is told: for a command whose answer says the rest."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger().setLevel(logging.ERROR)


def formatter(fmt: str) -> logging.Formatter:
    """What turns the records of libraries into the same lines."""
    return structlog.stdlib.ProcessorFormatter(
        processor=_renderer(fmt), foreign_pre_chain=[*_shared(), structlog.processors.format_exc_info]
    )


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]


def _renderer(fmt: str) -> Any:
    if fmt == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    return structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=repr).decode())


def _as_is(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event
