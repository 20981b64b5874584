"""Payment providers: one adapter for each, and who may have signed their messages."""

from app.payments.gateways.generic import GenericProvider
from app.payments.service.providers import PROVIDERS

PROVIDERS[GenericProvider.name] = GenericProvider
