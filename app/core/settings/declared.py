"""What a deployment can set: one field for each environment variable."""

from dataclasses import dataclass

from app.core.settings.parsing import (
    currency,
    flag,
    one_of,
    origins,
    seconds,
    setting,
    text,
    url,
    webhook_secrets,
    whole,
    zone,
)

DEMO_PASSWORD = "holdfast-demo"  # noqa: S105 - known on purpose, and refused in production


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a deployment can set; the order here is the order of `.env.example`."""

    env: str = setting(
        "HOLDFAST_ENV",
        one_of("development", "test", "production"),
        "development",
        "development, test or production. production demands explicit URLs and strong secrets.",
    )
    home: str = setting(
        "HOLDFAST_HOME", text, "./var", "Folder of what the local stack keeps: databases, mails, secrets."
    )
    port: int = setting("PORT", whole(1, 65535), "8000", "Port of the web process.")
    public_url: str = setting(
        "PUBLIC_URL", url("http", "https"), "", "Address that users see, without a slash at the end; used in links."
    )
    database_url: str = setting(
        "DATABASE_URL",
        url("postgresql", "postgres"),
        "",
        "PostgreSQL 15 or newer. Given: no embedded server is started.",
        secret=True,
    )
    redis_url: str = setting(
        "REDIS_URL",
        url("redis", "rediss", "unix"),
        "",
        "Redis 7 or Valkey. Given: no embedded server is started.",
        secret=True,
    )
    secret_key: str = setting(
        "SECRET_KEY", text, "", "Signs tokens, cookies and cursors: at least 32 random characters.", secret=True
    )
    admin_username: str = setting("ADMIN_USERNAME", text, "admin", "Name of the first admin, made by `flask prepare`.")
    admin_password: str = setting(
        "ADMIN_PASSWORD",
        text,
        "",
        "Password of the first admin, 10 to 128 characters. Empty: none is made.",
        secret=True,
    )
    demo: bool = setting(
        "HOLDFAST_DEMO", flag, "1", "Fill an embedded database with demo data and logins. Ignored in production."
    )
    embedded: bool = setting(
        "DATABASE_EMBEDDED",
        flag,
        "0",
        "Set by `make run`: the database is its own, so demo data may go in. 1 by hand forces it.",
    )
    demo_password: str = setting("DEMO_PASSWORD", text, DEMO_PASSWORD, "Password of every demo login.", secret=True)
    currency: str = setting("CURRENCY", currency, "EUR", "The one currency of the shop (ISO 4217).")
    business_zone: str = setting(
        "BUSINESS_TIMEZONE", zone, "UTC", "IANA time zone that decides what a business day is."
    )
    workers: int = setting("WORKERS", whole(1, 64), "2", "Web processes.")
    web_threads: int = setting(
        "WEB_THREADS", whole(1, 64), "8", "Threads of a web process; also its database connections."
    )
    statement_timeout_ms: int = setting(
        "DB_STATEMENT_TIMEOUT_MS", whole(100, 600000), "2000", "Longest statement of a web request."
    )
    lock_timeout_ms: int = setting("DB_LOCK_TIMEOUT_MS", whole(50, 60000), "300", "Longest wait for a row lock.")
    pool_timeout_ms: int = setting(
        "DB_POOL_TIMEOUT_MS", whole(50, 60000), "500", "Longest wait for a database connection before 503."
    )
    ratelimit_enabled: bool = setting("RATELIMIT_ENABLED", flag, "1", "0 switches the in-process rate limits off.")
    ratelimit_per_second: int = setting(
        "RATELIMIT_PER_SECOND", whole(1, 1000000), "200", "Requests per second of one caller, in each web process."
    )
    ratelimit_burst: int = setting("RATELIMIT_BURST", whole(1, 1000000), "400", "Requests one caller may send at once.")
    login_failures_per_account: int = setting(
        "LOGIN_FAILURES_PER_ACCOUNT",
        whole(1, 100000),
        "10",
        "Failed logins of one account before it is locked for a time.",
    )
    login_failures_per_address: int = setting(
        "LOGIN_FAILURES_PER_ADDRESS",
        whole(1, 1000000),
        "100",
        "Failed logins from one address before it is locked out.",
    )
    login_window_minutes: int = setting(
        "LOGIN_WINDOW_MINUTES",
        whole(1, 1440),
        "15",
        "Time in which failed logins are counted, and how long a lock lasts at most.",
    )
    registrations_per_hour: int = setting(
        "REGISTRATIONS_PER_HOUR", whole(1, 1000000), "20", "Registrations tried from one address in an hour."
    )
    link_mails_per_hour: int = setting(
        "LINK_MAILS_PER_HOUR",
        whole(1, 1000000),
        "5",
        "Mails with a link (reset, verification) that can be asked for in an hour for one mail address.",
    )
    link_mails_per_address: int = setting(
        "LINK_MAILS_PER_ADDRESS", whole(1, 1000000), "50", "The same, asked for from one network address."
    )
    password_reset_minutes: int = setting(
        "PASSWORD_RESET_MINUTES", whole(1, 1440), "60", "Life of a link that sets a new password."
    )
    email_verification_hours: int = setting(
        "EMAIL_VERIFICATION_HOURS", whole(1, 720), "48", "Life of a link that verifies a mail address."
    )
    password_reset_url: str = setting(
        "PASSWORD_RESET_URL",
        url("http", "https"),
        "",
        "A page of the shop where a new password is set, `?token=` is added. Empty: our own page.",
    )
    email_verification_url: str = setting(
        "EMAIL_VERIFICATION_URL",
        url("http", "https"),
        "",
        "A page of the shop that verifies a mail address, `?token=` is added. Empty: our own page.",
    )
    access_token_minutes: int = setting("ACCESS_TOKEN_MINUTES", whole(1, 60), "60", "Life of an access token.")
    refresh_token_hours: int = setting(
        "REFRESH_TOKEN_HOURS", whole(1, 8760), "24", "Life of a refresh token; each refresh gives a new one."
    )
    session_max_days: int = setting(
        "SESSION_MAX_DAYS", whole(1, 3650), "30", "Life of a session, however often it is renewed."
    )
    console_session_hours: int = setting(
        "CONSOLE_SESSION_HOURS", whole(1, 168), "12", "Life of a console login that nobody uses."
    )
    hold_seconds: int = setting("HOLD_SECONDS", whole(1, 86400), "600", "How long a reservation holds its units.")
    open_holds: int = setting("OPEN_HOLDS", whole(1, 10000), "10", "Open reservations that one customer may have.")
    hold_retention_days: int = setting(
        "HOLD_RETENTION_DAYS", whole(1, 3650), "90", "How long ended reservations are kept."
    )
    movement_retention_days: int = setting(
        "MOVEMENT_RETENTION_DAYS",
        whole(1, 3650),
        "365",
        "How long single stock movements and the keys of imported rows are kept; older ones are summed up.",
    )
    stock_mails_to: str = setting(
        "STOCK_MAILS_TO", text, "", "Address that is told when stock runs low. Empty: every active admin."
    )
    order_pay_minutes: int = setting(
        "ORDER_PAY_MINUTES", whole(1, 10080), "30", "How long an order waits for its payment before it is cancelled."
    )
    unpaid_orders: int = setting("UNPAID_ORDERS", whole(1, 10000), "5", "Unpaid orders that one customer may have.")
    orders_per_minute: int = setting(
        "ORDERS_PER_MINUTE", whole(1, 1000000), "5", "Orders that one customer may place in a minute."
    )
    order_attempts_per_minute: int = setting(
        "ORDER_ATTEMPTS_PER_MINUTE",
        whole(1, 1000000),
        "60",
        "Tries to order that one customer has in a minute, refused ones too, in each web process.",
    )
    cookie_secure: str = setting(
        "COOKIE_SECURE", one_of("auto", "0", "1"), "auto", "Send cookies over https only; auto means in production."
    )
    idempotency_hours: int = setting(
        "IDEMPOTENCY_HOURS", whole(24, 8760), "24", "How long an Idempotency-Key is remembered."
    )
    cors_origins: tuple[str, ...] = setting(
        "CORS_ORIGINS", origins, "", "Origins whose browsers may call the API, comma-separated, or *."
    )
    trusted_proxy_hops: int = setting(
        "TRUSTED_PROXY_HOPS", whole(0, 10), "0", "Proxies in front whose X-Forwarded-* are believed."
    )
    payment_webhook_secrets: tuple[str, ...] = setting(
        "PAYMENT_WEBHOOK_SECRETS",
        webhook_secrets,
        "",
        "Secrets that sign payment webhooks: whsec_<base64>, comma-separated.",
        secret=True,
    )
    parked_event_hours: int = setting(
        "PARKED_EVENT_HOURS", whole(1, 720), "72", "How long a webhook waits for the order it speaks of."
    )
    payment_provider: str = setting(
        "PAYMENT_PROVIDER",
        one_of("none", "generic", "stripe"),
        "none",
        "Where customers pay: generic (PAYMENT_PROVIDER_URL), stripe, or none (operators record payments).",
    )
    payment_provider_url: str = setting(
        "PAYMENT_PROVIDER_URL", url("http", "https"), "", "Address of the generic provider's API."
    )
    payment_provider_key: str = setting(
        "PAYMENT_PROVIDER_KEY", text, "", "Our key at the provider: generic or stripe.", secret=True
    )
    stripe_webhook_secret: str = setting("STRIPE_WEBHOOK_SECRET", text, "", "Of our endpoint at Stripe.", secret=True)
    stripe_api_base: str = setting("STRIPE_API_BASE", url("http", "https"), "", "Stripe's API. Empty: Stripe's own.")
    payment_timeout_seconds: float = setting(
        "PAYMENT_TIMEOUT_SECONDS", seconds(0.05, 60), "5", "Longest wait for the payment provider."
    )
    payment_calls: int = setting(
        "PAYMENT_CALLS", whole(1, 64), "2", "Threads of a web process that may wait for the payment provider at once."
    )
    reconcile_after_seconds: float = setting(
        "RECONCILE_AFTER_SECONDS",
        seconds(0.1, 86400),
        "300",
        "The provider is asked about a payment of which nothing was heard for so long, and again after as long.",
    )
    payment_return_url: str = setting(
        "PAYMENT_RETURN_URL",
        url("http", "https"),
        "",
        "A page of the shop to which the checkout leads back, `?reference=` is added. Empty: our own page.",
    )
    metrics_token: str = setting(
        "METRICS_TOKEN", text, "", "Given: /metrics answers only to this bearer token.", secret=True
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
    mail_from: str = setting("MAIL_FROM", text, "Holdfast <no-reply@holdfast.example>", "Sender of every mail.")
    smtp_username: str = setting("SMTP_USERNAME", text, "", "Login at the mail server, if it wants one.")
    smtp_password: str = setting("SMTP_PASSWORD", text, "", "Its password.", secret=True)
    smtp_tls: str = setting("SMTP_TLS", one_of("none", "starttls", "tls"), "none", "How the mail server is spoken to.")
    smtp_timeout_seconds: float = setting(
        "SMTP_TIMEOUT_SECONDS", seconds(0.1, 120), "10", "Longest wait for the mail server."
    )
    smtp_host: str = setting("SMTP_HOST", text, "127.0.0.1", "Mail server.")
    smtp_port: int = setting("SMTP_PORT", whole(1, 65535), "1025", "Port of the mail server.")
    mail_ui_url: str = setting(
        "MAIL_UI_URL", url("http", "https"), "", "Page of the local mail catcher, linked from the console."
    )
    log_level: str = setting(
        "LOG_LEVEL", one_of("debug", "info", "warning", "error"), "info", "Least level that is logged."
    )
    log_format: str = setting("LOG_FORMAT", one_of("json", "console"), "json", "json for machines, console for people.")

    @property
    def production(self) -> bool:
        """Whether this is a real deployment."""
        return self.env == "production"

    @property
    def base_url(self) -> str:
        """The address that links in mails begin with."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def cookies_over_https_only(self) -> bool:
        """Whether cookies carry the Secure flag."""
        return self.production if self.cookie_secure == "auto" else self.cookie_secure == "1"
