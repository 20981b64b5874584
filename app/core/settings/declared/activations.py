"""Activations of offers, and subscriptions."""

from dataclasses import dataclass

from app.core.settings.parsing import seconds, setting, whole


@dataclass(frozen=True, kw_only=True)
class Activations:
    """Activations of offers, and subscriptions."""

    activation_retries: int = setting(
        "ACTIVATION_RETRIES",
        whole(0, 20),
        "3",
        "How often an activation is sent again, under the same id, when the partner has not heard of it.",
    )
    activation_backoff_seconds: float = setting(
        "ACTIVATION_BACKOFF_SECONDS",
        seconds(0.01, 3600),
        "2",
        "Pause before the partner is first asked what became of an activation; doubles with each step, to ten minutes.",
    )
    activation_absent_seconds: float = setting(
        "ACTIVATION_ABSENT_SECONDS",
        seconds(0, 86400),
        "60",
        "An activation that the partner never heard of is paid back when its last sending is so long ago.",
    )
    activation_patience_seconds: float = setting(
        "ACTIVATION_PATIENCE_SECONDS",
        seconds(1, 2592000),
        "86400",
        "Without a definite answer for so long, an activation is a case for operators.",
    )
    activation_overdue_seconds: float = setting(
        "ACTIVATION_OVERDUE_SECONDS",
        seconds(0.1, 86400),
        "300",
        "An activation whose next step is so late is taken up again: its job is lost.",
    )
    subscription_reminder_days: int = setting(
        "SUBSCRIPTION_REMINDER_DAYS", whole(1, 60), "3", "So many days before its end a subscription's mail is written."
    )
