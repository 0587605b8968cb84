"""What every blueprint of the API shares: the filter, the throttle, how refusals and replays are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from flask import request
from flask_babel import gettext as _
from flask_smorest import Blueprint
from marshmallow import Schema
from werkzeug.wrappers import Response

from engine.errors import SignInNeeded
from web.api.replays import HEADER, replay
from web.api.throttle import PER_MINUTE, REFUSED_PER_MINUTE, Throttle, subject_of
from web.api.wire import Parser, require_clean_address
from web.messages import Said
from web.problems import problem
from web.request import Replayed, house, now

PREFIX: Final = "/api/v1"
View = TypeVar("View", bound=Callable[..., Any])
Gives = Mapping[int, type[Schema]]


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A part of the API. Requests come with a key in `Authorization`; cookies are not looked at.

    A view gets what its schema `takes`, and returns the finished response of one of the shapes that it `gives`.
    """

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix=PREFIX, description=description)
        self.before_request(_let_in)
        self.register_error_handler(Replayed, replay)
        self.register_error_handler(SignInNeeded, _on_no_token)

    def get(self, path: str, *, name: str, gives: Gives, takes: type[Schema] | None = None) -> Callable[[View], View]:
        """Serve a view that reads; `takes` is its query."""
        return self._operation(path, ("GET", "query"), takes, gives, {"operationId": name})

    def post(
        self, path: str, *, name: str, gives: Gives, takes: type[Schema] | None = None, **doc: Any
    ) -> Callable[[View], View]:
        """Serve a view that acts; `takes` is its JSON body. The same request with the same key is done once."""
        shared = {"parameters": [HEADER]} if doc.pop("keyed", True) else {}
        place = doc.pop("place", "json")
        return self._operation(path, ("POST", place), takes, gives, {"operationId": name, **doc}, **shared)

    def _operation(
        self,
        path: str,
        how: tuple[str, str],
        takes: type[Schema] | None,
        gives: Gives,
        doc: Mapping[str, Any],
        **shared: Any,
    ) -> Callable[[View], View]:
        def serve(view: View) -> View:
            served: Any = view
            (status, schema), *others = gives.items()
            served = self.response(status, schema)(served)
            for other, shape in others:
                served = self.alt_response(other, schema=shape, success=True)(served)
            if takes is not None:
                served = self.arguments(takes, location=how[1])(served)
            self.route(path, methods=[how[0]], **shared)(self.doc(**doc)(served))
            return view

        return serve


def _let_in() -> None:
    """Hold a request against throttle and filter before anything of it is read.

    Whoever shows no key sends no body either. Raises: TooManyAttempts, BadInput, SignInNeeded.
    """
    address, key = request.remote_addr or "", request.headers.get("Authorization", "")
    _refused().require_room(address, now())
    _asked().require_room(subject_of(key), now())
    _asked().drop(subject_of(key), now())
    if not key.lower().startswith("bearer "):
        raise SignInNeeded
    require_clean_address(request)


def _on_no_token(refused: SignInNeeded) -> Response:
    _refused().drop(request.remote_addr or "", now())
    said = Said(401, str(_("Falta uma chave válida")), str(_("Envie a chave da integração em Authorization: Bearer.")))
    response = problem(said, refused.code, {})
    response.headers["WWW-Authenticate"] = 'Bearer realm="rito"'
    return response


def _asked() -> Throttle:
    return house().kept("api-asked", PER_MINUTE, lambda: Throttle(PER_MINUTE))


def _refused() -> Throttle:
    return house().kept("api-refused", REFUSED_PER_MINUTE, lambda: Throttle(REFUSED_PER_MINUTE))
