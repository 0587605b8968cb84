"""Is the process alive, and is the house ready: the database answers and its clock ticks."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, jsonify
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from engine.store.deadlines import Heartbeat
from engine.store.session import transaction
from web.request import house, now

bp = Blueprint("health", __name__, url_prefix="/health")
_BEATS_MISSED = 3
_TICKS_PER_BEAT = 5
_SHORTEST = timedelta(seconds=15)


@bp.get("/live")
def live() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/ready")
def ready() -> tuple[Response, int]:
    """The database answers and some clock ticked within three of its periods."""
    home = house()
    try:
        with transaction(home.store, writes=False) as session:
            beat = session.connection().execute(select(func.max(Heartbeat.at))).scalar()
    except SQLAlchemyError:
        return jsonify(status="failed", database="unreachable"), 503
    allowed = max(timedelta(seconds=home.settings.clock_period_seconds) * _TICKS_PER_BEAT * _BEATS_MISSED, _SHORTEST)
    if beat is None or now() - beat > allowed:
        return jsonify(status="failed", database="ok", clock="stopped" if beat else "never started"), 503
    return jsonify(status="ok", database="ok", clock="ok"), 200
