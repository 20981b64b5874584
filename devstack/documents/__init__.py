"""What the documents take from the code: `make docs` writes it, a test says when it is out of step."""
