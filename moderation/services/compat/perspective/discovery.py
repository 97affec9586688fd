"""The discovery document, from which Google's client libraries build their methods."""

from typing import Any, Final

from moderation.filters.attributes import ATTRIBUTES

BATCH: Final = "batch"
_SCOPE: Final = "https://www.googleapis.com/auth/userinfo.email"


def document(root: str) -> dict[str, Any]:
    """Return the document of the service at an address without a trailing slash."""
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "canonicalName": "Comment Analyzer",
        "version": "v1alpha1",
        "revision": "20260101",
        "title": "Perspective Comment Analyzer API",
        "description": "Scores of comments by a self-hosted moderation service. Attributes: "
        + ", ".join(ATTRIBUTES),
        "documentationLink": f"{root}/api/v1/docs",
        "protocol": "rest",
        "rootUrl": f"{root}/",
        "mtlsRootUrl": f"{root}/",
        "servicePath": "",
        "baseUrl": f"{root}/",
        "basePath": "",
        "batchPath": BATCH,
        "ownerName": "Google",
        "ownerDomain": "google.com",
        "icons": {},
        "fullyEncodeReservedExpansion": True,
        "parameters": _PARAMETERS,
        "auth": {"oauth2": {"scopes": {_SCOPE: {"description": "See your email address"}}}},
        "schemas": _schemas(),
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment"),
                    "suggestscore": _method("suggestscore", "SuggestCommentScore"),
                }
            }
        },
    }


def _method(name: str, schema: str) -> dict[str, Any]:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "description": "Returns the scores of a comment."
        if name == "analyze"
        else "Suggests the scores that a comment should have.",
        "parameterOrder": [],
        "parameters": {},
        "request": {"$ref": f"{schema}Request"},
        "response": {"$ref": f"{schema}Response"},
        "scopes": [_SCOPE],
    }


def _query(kind: str, description: str, default: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, "location": "query", "description": description}
    return found if default is None else {**found, "default": default}


_PARAMETERS: Final = {
    "key": _query("string", "A key of the site: moderation key add SITE perspective."),
    "alt": {**_query("string", "Format of the answer.", "json"), "enum": ["json"]},
    "model": _query("string", "NAME@VERSION of the model; any but the shipped one is refused."),
    "prettyPrint": _query("boolean", "Accepted and ignored.", "true"),
    "fields": _query("string", "Accepted and ignored."),
    "quotaUser": _query("string", "Accepted and ignored."),
    "access_token": _query("string", "Accepted and ignored."),
    "oauth_token": _query("string", "Accepted and ignored."),
    "callback": _query("string", "Accepted and ignored."),
    "uploadType": _query("string", "Accepted and ignored."),
    "upload_protocol": _query("string", "Accepted and ignored."),
    "$.xgafv": _query("string", "Accepted and ignored."),
}
_STRING: Final = {"type": "string"}
_BOOLEAN: Final = {"type": "boolean"}
_STRINGS: Final = {"type": "array", "items": _STRING}


def _float(description: str) -> dict[str, Any]:
    return {"type": "number", "format": "float", "description": description}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": name}


def _map(name: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": _ref(name)}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _schemas() -> dict[str, Any]:
    score_type = {"type": "string", "enum": ["SCORE_TYPE_UNSPECIFIED", "PROBABILITY"]}
    text_type = {"type": "string", "enum": ["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"]}
    offset = {"type": "integer", "format": "int32"}
    shared = {
        "comment": _ref("TextEntry"),
        "context": _ref("Context"),
        "languages": _STRINGS,
        "clientToken": _STRING,
        "sessionId": _STRING,
        "communityId": _STRING,
    }
    found = {
        "TextEntry": {"text": _STRING, "type": text_type},
        "ArticleAndParentComment": {
            "article": _ref("TextEntry"),
            "parentComment": _ref("TextEntry"),
        },
        "Context": {
            "entries": _list("TextEntry"),
            "articleAndParentComment": _ref("ArticleAndParentComment"),
        },
        "AttributeParameters": {
            "scoreType": score_type,
            "scoreThreshold": _float("Scores below it are left out."),
        },
        "Score": {"value": _float("From 0 to 1."), "type": score_type},
        "SpanScore": {"begin": offset, "end": offset, "score": _ref("Score")},
        "AttributeScores": {"summaryScore": _ref("Score"), "spanScores": _list("SpanScore")},
        "AnalyzeCommentRequest": {
            **shared,
            "requestedAttributes": _map("AttributeParameters"),
            "spanAnnotations": _BOOLEAN,
            "doNotStore": _BOOLEAN,
            "dropUnsupportedAttributes": _BOOLEAN,
        },
        "AnalyzeCommentResponse": {
            "attributeScores": _map("AttributeScores"),
            "languages": _STRINGS,
            "detectedLanguages": _STRINGS,
            "clientToken": _STRING,
        },
        "SuggestCommentScoreRequest": {**shared, "attributeScores": _map("AttributeScores")},
        "SuggestCommentScoreResponse": {
            "clientToken": _STRING,
            "requestedLanguages": _STRINGS,
            "detectedLanguages": _STRINGS,
        },
    }
    return {
        name: {"id": name, "type": "object", "properties": properties}
        for name, properties in found.items()
    }
