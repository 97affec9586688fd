"""Schemas of a site's keys for foreign protocols."""

from marshmallow import Schema, fields, validate

from moderation.services.compat.keys import Service

_SERVICE = validate.OneOf([service.value for service in Service])


class KeyIn(Schema):
    service = fields.String(required=True, validate=_SERVICE)


class NewKeyOut(Schema):
    service = fields.String(required=True, validate=_SERVICE)
    key = fields.String(required=True, metadata={"description": "Shown this once."})


class KeyOut(Schema):
    id = fields.Integer(required=True)
    service = fields.String(required=True, validate=_SERVICE)
    last_four = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class KeysOut(Schema):
    keys = fields.List(fields.Nested(KeyOut), required=True)
