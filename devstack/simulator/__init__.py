"""A payment provider to try with: checkout pages, refunds, signed webhooks, and every way to misbehave."""
