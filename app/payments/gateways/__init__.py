"""Payment providers: one adapter for each, and who may have signed their messages."""

from app.payments.gateways.generic import GenericProvider
from app.payments.gateways.stripe import StripeProvider
from app.payments.service.providers import PROVIDERS

for provider in (GenericProvider, StripeProvider):
    PROVIDERS[provider.name] = provider
