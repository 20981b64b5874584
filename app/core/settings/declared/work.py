"""Background jobs, and what is measured."""

from dataclasses import dataclass

from app.core.settings.parsing import listener, seconds, setting, text, whole


@dataclass(frozen=True, kw_only=True)
class Work:
    """Background jobs, and what is measured."""

    metrics_token: str = setting(
        "METRICS_TOKEN", text, "", "Given: /metrics answers only to this bearer token.", secret=True
    )
    figures_bind: tuple[str, int] | None = setting(
        "FIGURES_BIND",
        listener,
        "",
        "Where a worker or a scheduler answers scrapes with what it counted. Empty: whoever shares its folder does.",
    )
    job_statement_timeout_ms: int = setting(
        "JOB_STATEMENT_TIMEOUT_MS", whole(100, 3600000), "60000", "Longest statement of a background job."
    )
    relay_seconds: float = setting(
        "JOBS_RELAY_SECONDS", seconds(0.005, 60), "0.05", "How often the relay looks for jobs to hand to the workers."
    )
    offer_seconds: float = setting(
        "JOBS_OFFER_SECONDS", seconds(0.05, 3600), "10", "A job that no worker took after this is handed out again."
    )
    lease_seconds: float = setting(
        "JOBS_LEASE_SECONDS",
        seconds(0.2, 86400),
        "60",
        "How long a worker may keep a job before it is handed out again.",
    )
    job_attempts: int = setting(
        "JOBS_ATTEMPTS", whole(1, 100), "8", "Tries before a job becomes a dead letter, unless the job says otherwise."
    )
    backoff_seconds: float = setting(
        "JOBS_BACKOFF_SECONDS",
        seconds(0.01, 3600),
        "5",
        "Pause after the first failed try; doubles with each, up to an hour.",
    )
    job_retention_hours: int = setting(
        "JOBS_RETENTION_HOURS", whole(1, 8760), "72", "How long finished jobs are kept as history."
    )
    crash_point: str = setting(
        "HOLDFAST_CRASH_POINT",
        text,
        "",
        "For tests: the process kills itself at this named point (`name` or `name:3` for the third time).",
    )
