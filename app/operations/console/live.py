"""What pages of the console watch: the stream of a subject, and the same once for a page that cannot reach it.

The health page watches its own checks.
"""

from flask import Blueprint, Response, render_template
from werkzeug.wrappers import Response as AnyResponse

from app.core import jsons
from app.core.access import admit, caller, requires
from app.core.edge import unit
from app.core.live import answers, origins, this_desk
from app.core.roles import Role
from app.core.streams import Stream, Zones, look, on_live, stream_named, watchable
from app.operations.console import checks

blp = Blueprint("live", __name__, url_prefix="/live")

HEALTH_SECONDS = 1.0


@blp.get("/stream/<name>/<id:subject_id>")
@unit("own")
@on_live
@requires(Role.VIEWER)
def stream(name: str, subject_id: int) -> AnyResponse:
    """The zones of a page as they change, as server-sent events."""
    at = this_desk()
    if at is None:
        return answers.elsewhere()
    origins.refuse_other_origins()
    wanted = stream_named(name)
    admit(wanted.access, caller())
    guard = answers.guard_of(wanted.access, at)
    return answers.streamed(at, name, answers.zones(at, wanted, subject_id, guard))


@blp.get("/zones/<name>/<id:subject_id>")
@requires(Role.VIEWER)
def zones(name: str, subject_id: int) -> Response:
    """The zones of a page as they are."""
    wanted = stream_named(name)
    admit(wanted.access, caller())
    seen = look(wanted, subject_id)
    return Response(jsons.dump({"zones": seen.zones, "now": seen.moment, "age": 0}), mimetype="application/json")


def _health(_: int) -> Zones:
    return {"checks": render_template("operations/checks.html", **checks.facts())}


watchable(Stream("health", Role.VIEWER, _health, HEALTH_SECONDS))
