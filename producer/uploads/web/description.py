"""The web hook described for tools: OpenAPI, served at ``/openapi.json``."""

from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from producer.uploads.apply import Effect
from producer.uploads.auth import B2_SIGNATURE, HUB_SIGNATURE, SIGNATURE


class RecordAnswer(BaseModel):
    """What became of one record of a message."""

    effect: Effect
    what: str
    reason: str | None = None


class EventsAnswer(BaseModel):
    """What became of a message: new jobs, records by effect, and each record in order."""

    jobs: int
    effects: dict[Effect, int]
    records: list[RecordAnswer]


class ErrorAnswer(BaseModel):
    """Why a message was not taken."""

    detail: str


class StatusAnswer(BaseModel):
    """How the process is."""

    status: str


_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "schema": {"type": "integer", "minimum": 1},
    }
}

ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": EventsAnswer, "description": "Received; `records` says what became of each."},
    400: {"model": ErrorAnswer, "description": "No upload event, or of a sender that is refused."},
    401: {"model": ErrorAnswer, "description": "Neither a token nor a signature that fits."},
    408: {"model": ErrorAnswer, "description": "The body took too long."},
    413: {"model": ErrorAnswer, "description": "The body is larger than is read."},
    429: {
        "model": ErrorAnswer,
        "description": "Too many messages from this address.",
        "headers": _RETRY_AFTER,
    },
    503: {
        "model": ErrorAnswer,
        "description": "Too much to do, or the database or the store is away. Send it again.",
        "headers": _RETRY_AFTER,
    },
}
"""The answers to a message, by status."""

_RECORD: Final = {
    "type": "object",
    "required": ["eventName", "s3"],
    "properties": {
        "eventName": {"type": "string", "examples": ["ObjectCreated:Put"]},
        "eventTime": {"type": "string", "format": "date-time"},
        "s3": {
            "type": "object",
            "required": ["bucket", "object"],
            "properties": {
                "bucket": {"type": "object", "properties": {"name": {"type": "string"}}},
                "object": {
                    "type": "object",
                    "properties": {
                        "key": {"type": "string", "description": "Encoded as in a form."},
                        "eTag": {"type": "string"},
                        "sequencer": {"type": "string"},
                        "versionId": {"type": "string"},
                    },
                },
            },
        },
    },
}

BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A message of any sender that docs/events.md names.",
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        {
                            "title": "S3",
                            "type": "object",
                            "required": ["Records"],
                            "properties": {"Records": {"type": "array", "items": _RECORD}},
                        },
                        {"title": "Other senders", "type": ["object", "array"]},
                    ]
                },
                "examples": {"test": {"value": {"Event": "s3:TestEvent"}}},
            }
        },
    },
    "security": [{"token": []}, {"password": []}, {"signature": []}, {"hub": []}, {"b2": []}],
}
"""What is posted, and how senders show who they are."""

_SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer"},
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "The token is the password; the name does not matter.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": SIGNATURE,
        "description": "t=TIME,sha256=HMAC: the time in Unix seconds, and the HMAC-SHA256, in "
        "hexadecimal, of the time's digits, a full stop and the body.",
    },
    "hub": {"type": "apiKey", "in": "header", "name": HUB_SIGNATURE},
    "b2": {"type": "apiKey", "in": "header", "name": B2_SIGNATURE},
}


def describe(app: FastAPI) -> None:
    """Let an application serve its description; no pages that show it, for they load scripts."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=version("colourway"), routes=app.routes)
            schema.setdefault("components", {})["securitySchemes"] = _SECURITY
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi
