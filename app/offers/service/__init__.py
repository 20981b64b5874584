"""What is done with offers, activations and subscriptions."""
