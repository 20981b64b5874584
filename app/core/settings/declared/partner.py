"""The partner that activates offers."""

from dataclasses import dataclass

from app.core.settings.parsing import seconds, setting, text, url


@dataclass(frozen=True, kw_only=True)
class Partner:
    """The partner that activates offers."""

    partner_url: str = setting(
        "PARTNER_URL", url("http", "https"), "", "Address of the API that activates offers. Empty: there is no partner."
    )
    partner_key: str = setting("PARTNER_KEY", text, "", "Our key at the partner.", secret=True)
    partner_timeout_seconds: float = setting(
        "PARTNER_TIMEOUT_SECONDS", seconds(0.05, 60), "5", "Longest wait for the partner's whole answer."
    )
