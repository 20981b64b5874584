"""Who comes in, how often they may try, and for how long."""

from dataclasses import dataclass

from app.core.settings.parsing import flag, setting, url, whole


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Who comes in, how often they may try, and for how long."""

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
