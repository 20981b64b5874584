"""Providers' messages: who may have written them."""

from collections.abc import Mapping, Sequence
from json import JSONDecodeError

from standardwebhooks import Webhook, WebhookVerificationError

from app.payments.errors import WebhookSignatureInvalid


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
    """Refuse a message that none of our secrets signed, or not within five minutes of now."""
    for secret in secrets:
        try:
            Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
        except JSONDecodeError:
            return  # signed, and refused as a body later
        except (WebhookVerificationError, ValueError):
            continue
        return
    raise WebhookSignatureInvalid
