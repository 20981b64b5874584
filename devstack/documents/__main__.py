"""`make docs`: writes what the documents take from the code."""

from app.core import settings
from app.factory import create_app
from devstack.documents.made import made

if __name__ == "__main__":
    app = create_app(settings.load({"HOLDFAST_ENV": "test", "SECRET_KEY": "a key that signs nothing here"}))
    for path, text in made(app).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(path.parents[1])}")
