"""The least that Flask can answer: the yardstick of every figure."""

import jwt
from flask import Flask, request

app = Flask(__name__)
KEY = "no secret, but long enough for the algorithm that signs with it"
TOKEN = jwt.encode({"sub": "1"}, KEY, algorithm="HS256")


@app.get("/")
def hello() -> dict[str, str]:
    """The shortest JSON."""
    return {"hello": "world"}


@app.get("/signed")
def signed() -> dict[str, str]:
    """The same for somebody whose token was verified."""
    claims = jwt.decode(request.headers["Authorization"].removeprefix("Bearer "), KEY, algorithms=["HS256"])
    return {"hello": claims["sub"]}
