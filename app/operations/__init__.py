"""Health, metrics, invariants and the commands that run a deployment."""
