"""flask-smorest, taught our error shape, strict JSON bodies and posts with slashes."""

from threading import RLock
from typing import Any, NoReturn

import orjson
from apispec import APISpec
from flask import Flask, Request, Response
from flask import request as current_request
from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.routing import BaseConverter

from moderation import __version__
from moderation.domain.errors import FieldError, Invalid
from moderation.services.sites import field_errors

from . import files
from .compression import encoding_of, tag_for
from .errors import BadJson, UnsupportedMediaType
from .http import etag_of, matches
from .schemas.base import Problem

JSON_OPTIONS = orjson.OPT_UTC_Z


class PostConverter(BaseConverter):
    """Everything between `posts/` and `/comments`, slashes included."""

    regex = r"[\s\S]+?"
    part_isolating = False


class Parser(FlaskParser):
    """Reads JSON strictly and raises our errors instead of aborting."""

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
    where = ", ".join(dict.fromkeys(e.pointer for e in errors))
    return Invalid(f"The request is not valid: see {where}.", errors=errors)


def strict_json(req: Request) -> Any:
    """The body as JSON; says what is wrong when it is none."""
    if req.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON with Content-Type: application/json.")
    return parse_json(req.get_data())


def parse_json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadJson(
            f"The body is not JSON in UTF-8 (line {error.lineno}, column {error.colno})."
        ) from None


class ApiBlueprint(Blueprint):
    ARGUMENTS_PARSER = Parser()

    def alt_response(self, status_code: int, *args: Any, **kwargs: Any) -> Any:
        """Document another response; errors are problems, whatever else they hold."""
        if status_code >= 400:
            kwargs = {"schema": Problem, "content_type": "application/problem+json", **kwargs}
        return super().alt_response(status_code, *args, **kwargs)


class ModerationApi(Api):
    """The API with an OpenAPI document that tells the truth about errors."""

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
        self._document: files.Packed | None = None
        security = self.spec.components
        security.security_scheme("token", {"type": "http", "scheme": "bearer"})
        security.security_scheme("editToken", {"type": "http", "scheme": "bearer"})

    def _openapi_json(self) -> Response:
        # Complete once the application is: no view is added while requests are answered.
        if self._document is None:
            self._document = files.pack(json_bytes(self.spec.to_dict()), "application/json")
        return files.send(self._document, "no-cache")

    def _register_error_handlers(self) -> None:
        """Errors are registered by `web.errors`, for pages and API alike."""

    def register_blueprint(self, blp: ApiBlueprint) -> None:
        """Register the views; the document describes them once it is read."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undocumented.append(blp)

    @property
    def spec(self) -> APISpec:
        """Return the OpenAPI document, completed when it is first read after a registration.

        Building it takes half of a start, and most processes never serve it.
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
        # They are put together here and added when first referred to, as what they are now.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"

    def _document_views(self, blp: ApiBlueprint) -> None:
        blp.register_views_in_doc(self, self._app, self._spec, name=blp.name, parameters=None)
        self._spec.tag({"name": blp.name, "description": blp.description})

    def _register_responses(self) -> None:
        """Responses are registered together with the views that refer to them."""


def json_bytes(value: Any) -> bytes:
    return orjson.dumps(value, option=JSON_OPTIONS)


def dumps(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON; UUIDs and moments need no schema to be written."""
    return Response(
        json_bytes(value),
        status,
        headers,
        content_type="application/json",
    )


def conditional(response: Response) -> Response:
    """Give the answer an ETag of its bytes, and answer 304 where the client has them."""
    etag = etag_of(response.get_data())
    response.headers["ETag"] = tag_for(etag, encoding_of(response))
    asked = current_request.headers.get("If-None-Match")
    if asked is not None and matches(asked, etag):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Type"]
        del response.headers["Content-Length"]
    return response
