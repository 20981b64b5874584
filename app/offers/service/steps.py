"""An activation goes to the partner step by step: each is a commit, a call outside of any transaction, and a commit.

Data: `activations`; `step` numbers what is done, and a job does one step and no other. Before the call, what will be
done is committed: `sent_at` when it is sent, so that whoever comes after a crash asks before anything is sent again.
After it, the outcome and the job's `done` are one commit, only while the step is still the present one (so whoever took
the activation over is not disturbed), while the job's lease is ours, and while the activation is open.

Lock order: the activation, the customer's gate, its subscription, the account, the job's row.
Crash points: `offers.before_call` and `jobs.called` around the call, `jobs.before_commit` and `jobs.done` around the
commit. Up to the commit, the step is done again and asks; the partner knows what it did. After it, the step is over.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.audit import service as audit
from app.core import db
from app.core.settings import Settings
from app.jobs import queries as job_queries
from app.jobs import service as jobs
from app.offers import measures, rules
from app.offers.service import seen

ACTIVATE = "offers.activate"
RESUMED_AT_ONCE = 200
_MINE = text("""
    SELECT * FROM activations WHERE id = :id AND step = :step AND status IN ('PENDING', 'PROCESSING') FOR UPDATE
""")
_SEND = text("""
    UPDATE activations SET status = 'PROCESSING', said = NULL, sends = sends + 1, sent_at = clock_timestamp(),
        begun_at = coalesce(begun_at, clock_timestamp()), updated_at = clock_timestamp(),
        next_step_at = clock_timestamp() + make_interval(secs => :wait)
    WHERE id = :id RETURNING *, true AS is_sent
""")
_ASK = text("""
    UPDATE activations SET asks = asks + 1, next_step_at = clock_timestamp() + make_interval(secs => :wait)
    WHERE id = :id RETURNING *, false AS is_sent
""")
_WAIT = text("""
    UPDATE activations SET said = :said, reason = :reason, step = step + 1, updated_at = clock_timestamp(),
        next_step_at = clock_timestamp() + :pause,
        stuck_at = coalesce(stuck_at, CASE
            WHEN begun_at <= clock_timestamp() - make_interval(secs => :patience) THEN clock_timestamp() END)
    WHERE id = :id RETURNING *
""")
_LONG_SENT = text("""
    SELECT sent_at <= clock_timestamp() - make_interval(secs => :absent) FROM activations WHERE id = :id
""")
_END = text("SELECT * FROM offers_end(:id, :step, :status, :said, :reason, :reference, :who) WHERE id IS NOT NULL")
_LATE = text("""
    SELECT id FROM activations
    WHERE status IN ('PENDING', 'PROCESSING') AND next_step_at <= statement_timestamp() - make_interval(secs => :late)
    ORDER BY next_step_at LIMIT :most FOR UPDATE SKIP LOCKED
""")
_TAKE_OVER = text("""
    UPDATE activations SET next_step_at = clock_timestamp(), step = step + 1 WHERE id = ANY(:ids) RETURNING id, step
""")
_PUT_BACK = text("UPDATE activations SET next_step_at = clock_timestamp() WHERE id = ANY(:ids)")


def take(*, transaction_id: UUID, step: int, settings: Settings) -> Any:
    """Write down what this step does; `is_sent` says whether it sends or asks. None when it is not to be done."""
    mine = db.session().execute(_MINE, {"id": transaction_id, "step": step}).first()
    if mine is None:
        return None
    sends = rules.sends_next(said=mine.said, sends=mine.sends, most=1 + settings.activation_retries)
    told = {"id": transaction_id, "wait": settings.partner_timeout_seconds}
    row = db.session().execute(_SEND if sends else _ASK, told).one()
    if row.status != mine.status:
        seen.show_change(row)
    return row


def conclude(*, transaction_id: UUID, step: int, kind: str, reason: str, reference: str, settings: Settings) -> str:
    """Do what follows from the partner's word; the answer says what that was."""
    mine = db.session().execute(_MINE, {"id": transaction_id, "step": step}).first()
    if mine is None:
        return "overtaken"
    if kind == rules.ABSENT and _is_given_up(mine, settings):
        status, reason = rules.FAILED, rules.NEVER_HEARD
    elif kind in rules.END_OF:
        status = rules.END_OF[kind]
    else:
        return _wait(mine, kind, reason, settings)
    return end(transaction_id=mine.id, step=step, status=status, said=kind, reason=reason, reference=reference)


def end(
    *, transaction_id: UUID, step: int | None, status: str, said: str | None, reason: str, reference: str = ""
) -> str:
    """Settle or pay back, once; whoever comes second changes nothing."""
    told = {"id": transaction_id, "step": step, "status": status, "said": said, "reason": reason}
    row = db.session().execute(_END, told | {"reference": reference, "who": audit.surroundings()}).first()
    if row is None:
        return "overtaken"
    seconds = (row.completed_at - row.created_at).total_seconds()
    db.after_commit(lambda: measures.ended(status, seconds))
    seen.show_change(row)
    return status


def resume_late(*, settings: Settings) -> int:
    """Take up activations whose next step is long due and that no job waits to do; the answer is how many."""
    late = {"late": settings.activation_overdue_seconds, "most": RESUMED_AT_ONCE}
    ids = set(db.session().scalars(_LATE, late))
    if not ids:
        return 0
    waiting = {UUID(each) for each in job_queries.asked_for(ACTIVATE, "transaction_id", [str(one) for one in ids])}
    db.session().execute(_PUT_BACK, {"ids": list(ids & waiting)})
    return take_over(list(ids - waiting))


def take_over(ids: list[UUID]) -> int:
    """Let a new job do the next step at once; whoever is at the present one has lost it."""
    rows = db.session().execute(_TAKE_OVER, {"ids": ids}).all()
    jobs.enqueue_many(ACTIVATE, [{"transaction_id": str(row.id), "step": row.step} for row in rows])
    return len(rows)


def _is_given_up(mine: Any, settings: Settings) -> bool:
    """No try is left, and the last one cannot be on its way any more."""
    long_sent = {"id": mine.id, "absent": settings.activation_absent_seconds}
    return mine.sends > settings.activation_retries and bool(db.session().scalar(_LONG_SENT, long_sent))


def _wait(mine: Any, said: str, reason: str, settings: Settings) -> str:
    is_sent_again = rules.sends_next(said=said, sends=mine.sends, most=1 + settings.activation_retries)
    pause = timedelta() if is_sent_again else rules.pause_after(mine.step, settings.activation_backoff_seconds)
    told = {"id": mine.id, "said": said, "reason": reason, "pause": pause}
    row = db.session().execute(_WAIT, told | {"patience": settings.activation_patience_seconds}).one()
    if mine.stuck_at is None and row.stuck_at is not None:
        audit.record("activation.stuck", object_type="activation", object_id=mine.id, new={"said": said})
    jobs.enqueue(ACTIVATE, delay=pause, transaction_id=str(mine.id), step=row.step)
    return said
