"""Why somebody gets no stream."""

from app.core.errors import AppError


class LiveElsewhere(AppError):
    """Streams come from the process `live`: the proxy has to route this path there, or LIVE_URL to say where it is."""

    status = 421
    code = "live_elsewhere"
    detail = "Event streams come from the live process: the proxy must route {path} there, or LIVE_URL must say where."


class LiveFull(AppError):
    """The live process holds as many streams as it may. Poll instead, and try again later."""

    status = 503
    code = "live_full"
    detail = "No more than {limit} streams can be open; try again later."
    retry_after = 30


class TooManyStreams(AppError):
    """You have as many open streams as one user may. Close one first: each page that is open holds one."""

    status = 429
    code = "too_many_streams"
    detail = "You have {limit} open streams, which is as many as one user may have; close one first."
    retry_after = 30


class OriginRefused(AppError):
    """A page of another origin asked for a stream of the console. Only the console's own pages may."""

    status = 403
    code = "origin_refused"
    detail = "Only pages of the console may open this stream."
