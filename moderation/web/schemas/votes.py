"""Schemas of readers' votes."""

from marshmallow import Schema, fields, validate


class VoteIn(Schema):
    value = fields.Integer(
        required=True,
        strict=True,
        validate=validate.OneOf([-1, 0, 1]),
        metadata={"description": "1 for the comment, -1 against it, 0 takes the vote back."},
    )
    browser = fields.String(
        load_default="",
        validate=validate.Regexp(r"(?:[A-Za-z0-9_-]{16,64})?\Z"),
        metadata={
            "description": "A random value that a guest's browser made once and keeps. Without "
            "it, everyone behind one address shares a vote."
        },
    )


class TallyOut(Schema):
    up = fields.Integer(required=True)
    down = fields.Integer(required=True)
    own = fields.Integer(required=True, metadata={"description": "The reader's vote: 1, -1, 0."})
