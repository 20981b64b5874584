"""Payment providers: one port, one adapter for each."""

from app.core.settings import Settings
from app.payments.errors import NoPaymentProvider
from app.payments.gateways.generic import GenericProvider
from app.payments.gateways.port import Provider


def provider(settings: Settings) -> Provider:
    """The provider that this deployment has."""
    if settings.payment_provider == GenericProvider.name and settings.payment_provider_url:
        return GenericProvider(settings)
    raise NoPaymentProvider
