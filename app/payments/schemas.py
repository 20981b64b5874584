"""What payment providers are answered."""

from app.core.schemas import Flag, Schema


class WebhookOut(Schema):
    """It is stored; what it says is done by a job."""

    received = Flag(metadata={"description": "Stripe: whether the event speaks of a payment or a refund of ours."})
