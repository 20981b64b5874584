"""What jobs give in JSON."""

from marshmallow import fields, validate

from app.core.schemas import Integer, ListQuery, Moment, Number, Schema, Text

STATES = ["queued", "running", "done", "dead", "cancelled", "discarded"]
MOMENT = {"type": "string", "format": "date-time"}


class JobOut(Schema):
    """A job."""

    id = Integer()
    name = Text()
    state = Text(validate=validate.OneOf(STATES))
    args = fields.Dict()
    attempts = Integer()
    request_id = Text(metadata={"description": "The request that asked for it."})
    worker = Text(allow_none=True)
    result = fields.Raw(allow_none=True)
    error = Text(allow_none=True)
    seconds = Number(allow_none=True, metadata={"description": "How long its last try took."})
    due_at = Moment(metadata=MOMENT)
    ready_at = Moment(metadata={**MOMENT, "description": "When its wait for a worker began or will begin."})
    created_at = Moment(metadata=MOMENT)
    started_at = Moment(allow_none=True, metadata=MOMENT)
    finished_at = Moment(allow_none=True, metadata=MOMENT)


class DeadLetterOut(JobOut):
    """A job that used up its tries."""

    traceback = Text(allow_none=True)


class JobQuery(ListQuery):
    """Which jobs."""

    state = Text(load_default=None, validate=validate.OneOf(STATES))
    name = Text(load_default=None, validate=validate.Length(1, 80))


class DeadLetterQuery(ListQuery):
    """Which dead letters."""

    name = Text(load_default=None, validate=validate.Length(1, 80))


class ScheduleOut(Schema):
    """A job that the clock asks for."""

    name = Text()
    every_seconds = Integer(allow_none=True)
    cron = Text(allow_none=True, metadata={"description": "In the business time zone."})
    queue = Text()
    last_slot = Moment(allow_none=True, metadata=MOMENT)
    last_run_at = Moment(allow_none=True, metadata=MOMENT)
    last_error = Text(allow_none=True)
    paused_at = Moment(allow_none=True, metadata=MOMENT)


class ScheduleList(Schema):
    """All schedules."""

    data = fields.List(fields.Nested(ScheduleOut))


class RetryIn(Schema):
    """Which dead letters to retry."""

    name = Text(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=80),
        metadata={"description": "Only this kind."},
    )


class RetriedOut(Schema):
    """How many were retried."""

    retried = Integer()
