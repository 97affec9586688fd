"""Moderators, tokens and one's own account, as the console sends and sees them."""

from datetime import UTC

from marshmallow import Schema, fields, validate

from moderation.domain.roles import Role
from moderation.services.accounts import SCOPES
from moderation.services.mail_times import Often

from .base import Moment, OptionalEmail, Stripped, no_nul

_LOGIN = validate.Regexp(
    r"\S(.{0,78}\S)?\Z", error="1 to 80 characters without spaces around them."
)


class PersonIn(Schema):
    login = fields.String(required=True, validate=[_LOGIN, no_nul])
    display_name = Stripped(load_default="", validate=validate.Length(max=80))
    role = fields.Enum(
        Role,
        by_value=True,
        load_default=None,
        allow_none=True,
        metadata={"description": "On every site; null: on those of `sites` only."},
    )
    sites = fields.Dict(
        keys=fields.String(), values=fields.Enum(Role, by_value=True), load_default=dict
    )


class PersonChangeIn(Schema):
    display_name = Stripped(validate=validate.Length(max=80))
    role = fields.Enum(Role, by_value=True, allow_none=True)
    disabled = fields.Boolean()


class SiteRoleIn(Schema):
    role = fields.Enum(
        Role,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={"description": "Null takes the role on this site away."},
    )


class PersonOut(Schema):
    id = fields.Integer(required=True)
    login = fields.String(required=True)
    display_name = fields.String(required=True)
    display_name_wish = fields.String(
        required=True, metadata={"description": "Asked for; an admin has to approve it."}
    )
    role = fields.Enum(Role, by_value=True, required=True, allow_none=True)
    sites = fields.Dict(
        keys=fields.String(), values=fields.Enum(Role, by_value=True), required=True
    )
    created_at = fields.DateTime(required=True)
    disabled_at = fields.DateTime(required=True, allow_none=True)
    sessions = fields.Integer(required=True, allow_none=True)
    second_factor = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "Whether the account has one; null where it is not yours."},
    )
    governed = fields.Boolean(
        required=True, metadata={"description": "You may change, disable and remove them."}
    )
    you = fields.Boolean(required=True)
    password = fields.String(
        metadata={"description": "Only where it was just made, and only this once."}
    )


class PeopleOut(Schema):
    moderators = fields.List(fields.Nested(PersonOut), required=True)


class LoginOut(Schema):
    id = fields.String(required=True)
    agent = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    current = fields.Boolean(required=True)


class LoginsOut(Schema):
    sessions = fields.List(fields.Nested(LoginOut), required=True)


class TokenIn(Schema):
    name = Stripped(required=True, validate=validate.Length(1, 80))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(list(SCOPES))),
        required=True,
        validate=validate.Length(1, 2),
    )
    site = fields.String(load_default=None, allow_none=True)
    expires_at = Moment(load_default=None, allow_none=True, default_timezone=UTC)


class TokenOut(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    site = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    created_by = fields.String(required=True)
    expires_at = fields.DateTime(required=True, allow_none=True)
    expired = fields.Boolean(required=True)


class TokensOut(Schema):
    tokens = fields.List(fields.Nested(TokenOut), required=True)


class NewTokenOut(Schema):
    token = fields.String(required=True, metadata={"description": "Shown this once."})


class SecondFactorOut(Schema):
    added_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Null: there is none."}
    )
    recovery_codes = fields.Integer(
        required=True, metadata={"description": "How many are left; each works once."}
    )
    required = fields.Boolean(
        required=True, metadata={"description": "Nothing else works before it is set up."}
    )


class AccountOut(Schema):
    login = fields.String(required=True)
    display_name = fields.String(required=True)
    display_name_wish = fields.String(
        required=True, metadata={"description": "Asked for; an admin has to approve it."}
    )
    role = fields.Enum(Role, by_value=True, required=True, allow_none=True)
    sites = fields.Dict(
        keys=fields.String(), values=fields.Enum(Role, by_value=True), required=True
    )
    email = fields.String(required=True)
    email_confirmed = fields.Boolean(required=True)
    mail = fields.Enum(Often, by_value=True, required=True)
    mail_hour = fields.Integer(required=True)
    mail_zone = fields.String(required=True)
    mail_possible = fields.Boolean(
        required=True, metadata={"description": "Whether this service sends mail at all."}
    )
    sessions = fields.List(fields.Nested(LoginOut), required=True)
    second_factor = fields.Nested(SecondFactorOut, required=True)


class AccountIn(Schema):
    display_name = Stripped(
        validate=validate.Length(max=80),
        metadata={"description": "A wish that an admin has to approve, unless you are one."},
    )
    email = OptionalEmail(
        validate=validate.Length(max=254),
        metadata={"description": "Asked by mail whether it is yours before anything is sent."},
    )
    mail = fields.Enum(
        Often, by_value=True, metadata={"description": "When to send mail about held comments."}
    )
    mail_hour = fields.Integer(
        strict=True,
        validate=validate.Range(0, 23),
        metadata={"description": "The hour of the daily mail, in the clocks of `mail_zone`."},
    )
    mail_zone = fields.String(
        validate=[validate.Length(1, 64), no_nul],
        metadata={"description": "A time zone by its name, such as Europe/Paris."},
    )


class PasswordIn(Schema):
    current = fields.String(required=True, validate=validate.Length(max=1000))
    password = fields.String(
        required=True,
        validate=validate.Length(max=1000),
        metadata={"description": "12 to 128 characters, none of the first guesses."},
    )


class ReauthenticationIn(Schema):
    password = fields.String(required=True, validate=validate.Length(max=1000))
    code = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"description": "Of the second factor, or a recovery code, where there is one."},
    )


class EnrolmentOut(Schema):
    secret = fields.String(required=True, metadata={"description": "Shown this once."})
    uri = fields.String(required=True, metadata={"description": "otpauth://, for the app."})
    qr = fields.String(required=True, metadata={"description": "The same as an image (data:)."})
    ticket = fields.String(required=True, metadata={"description": "Send it with the code."})


class EnrolmentIn(Schema):
    ticket = fields.String(required=True, validate=validate.Length(max=400))
    code = fields.String(required=True, validate=validate.Length(max=40))


class CodesOut(Schema):
    recovery_codes = fields.List(
        fields.String(), required=True, metadata={"description": "Shown this once."}
    )
