"""The least that Flask can answer: the yardstick of every figure."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> dict[str, str]:
    """The shortest JSON."""
    return {"hello": "world"}
