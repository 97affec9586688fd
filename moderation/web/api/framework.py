"""flask-smorest with our error format, strict JSON bodies and post ids with slashes."""

from threading import RLock
from typing import Any, NoReturn

import orjson
from apispec import APISpec
from flask import Flask, Response
from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug import Request
from werkzeug.routing import BaseConverter

from moderation import __version__
from moderation.domain.errors import FieldError, Invalid
from moderation.services.sites.settings_schema import field_errors

from .. import static_files
from ..errors import BadJson, UnsupportedMediaType
from ..responses import json_bytes
from ..schemas.common import Problem


class PostConverter(BaseConverter):
    """URL converter for post ids: matches everything between `posts/` and `/comments`."""

    regex = r"[\s\S]+?"
    part_isolating = False


class AuthorConverter(BaseConverter):
    """URL converter for author keys; rejects NUL, which PostgreSQL cannot store."""

    regex = r"[^/\0]+"


class Parser(FlaskParser):
    """Request parser that reads JSON strictly and raises our errors."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict[str, str | None](json=RAISE, query=EXCLUDE)  # noqa: RUF012 (webargs declares it so)

    def load_json(self, req: Request, schema: Schema) -> Any:
        return strict_json(req)

    def handle_error(self, error: ValidationError, req: Any, schema: Any, **_: Any) -> NoReturn:
        messages = error.messages
        if isinstance(messages, dict) and len(messages) == 1:
            (location, inner), *_rest = messages.items()
            if location in ("json", "query"):
                found = field_errors(inner)
                if location == "query":
                    found = tuple(FieldError(e.pointer[2:], e.detail) for e in found)
                raise invalid(found)
        raise invalid(field_errors(messages))


def invalid(errors: tuple[FieldError, ...]) -> Invalid:
    """Return the error of a request whose fields are invalid."""
    where = ", ".join(dict.fromkeys(e.pointer for e in errors))
    return Invalid(f"The request is not valid: see {where}.", errors=errors)


def strict_json(req: Request) -> Any:
    """Return the body as JSON; raise an error that names the fault."""
    if req.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON with Content-Type: application/json.")
    return parse_json(req.get_data())


def parse_json(body: bytes) -> Any:
    """Return a body parsed as JSON; raise BadJson where it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadJson(
            f"The body is not JSON in UTF-8 (line {error.lineno}, column {error.colno})."
        ) from None


class ApiBlueprint(Blueprint):
    ARGUMENTS_PARSER = Parser()

    def alt_response(self, status_code: int, *args: Any, **kwargs: Any) -> Any:
        """Document another response; every error has the Problem members."""
        if status_code >= 400:
            kwargs = {"schema": Problem, "content_type": "application/problem+json", **kwargs}
        return super().alt_response(status_code, *args, **kwargs)


class ModerationApi(Api):
    """The API, with an OpenAPI document whose error responses match the real ones."""

    ERROR_SCHEMA = Problem

    def __init__(self, app: Flask) -> None:
        self._undocumented: list[ApiBlueprint] = []
        self._documents_responses = False
        self._documenting = RLock()
        app.config.update(
            API_TITLE="moderation",
            API_VERSION=f"v1 ({__version__})",
            OPENAPI_VERSION="3.0.3",
            OPENAPI_URL_PREFIX="/api/v1",
            OPENAPI_JSON_PATH="openapi.json",
        )
        super().__init__(
            app,
            spec_kwargs={
                "info": {
                    "description": "Comments with moderation built in. Every error is "
                    "application/problem+json with a stable `code`."
                }
            },
        )
        self._document: static_files.Packed | None = None
        security = self.spec.components
        security.security_scheme("token", {"type": "http", "scheme": "bearer"})
        security.security_scheme("editToken", {"type": "http", "scheme": "bearer"})
        security.security_scheme(
            "signOn", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        )

    def _openapi_json(self) -> Response:
        # No view is added once requests are served, so the document is complete.
        if self._document is None:
            self._document = static_files.pack(json_bytes(self.spec.to_dict()), "application/json")
        return static_files.send(self._document, "no-cache")

    def _register_error_handlers(self) -> None:
        """Register nothing: `web.errors` handles errors of pages and API alike."""

    def register_blueprint(self, blp: ApiBlueprint) -> None:
        """Register the views; they enter the document when it is first read."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undocumented.append(blp)

    @property
    def spec(self) -> APISpec:
        """Return the OpenAPI document, completed when it is first read after a registration.

        Building it takes half of the start time, and most processes never serve it.
        """
        with self._documenting:
            blueprints, self._undocumented = self._undocumented, []
            if blueprints and not self._documents_responses:
                self._documents_responses = True
                self._document_responses()
            for blp in blueprints:
                self._document_views(blp)
        return self._spec

    @spec.setter
    def spec(self, spec: APISpec) -> None:
        self._spec = spec

    def _document_responses(self) -> None:
        # Schemas are resolved here and added to the document on first reference.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"

    def _document_views(self, blp: ApiBlueprint) -> None:
        blp.register_views_in_doc(self, self._app, self._spec, name=blp.name, parameters=None)
        self._spec.tag({"name": blp.name, "description": blp.description})

    def _register_responses(self) -> None:
        """Register nothing: responses are registered with the views that use them."""
