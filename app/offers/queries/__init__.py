"""Every SELECT about offers, activations and subscriptions."""
