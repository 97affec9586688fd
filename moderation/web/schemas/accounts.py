"""Schemas of the review API about moderators, tokens and the reviewer's account."""

from datetime import UTC

from marshmallow import Schema, fields, validate

from moderation.domain.roles import Role
from moderation.services.accounts.authentication import SCOPES
from moderation.services.accounts.mail_schedule import MailFrequency
from moderation.services.text_fields import Exact, Name, Sought

from .common import Mailbox, Moment


class PersonIn(Schema):
    login = Exact(required=True, validate=validate.Length(1, 80))
    display_name = Name(load_default="", validate=validate.Length(max=80))
    role = fields.Enum(
        Role,
        by_value=True,
        load_default=None,
        allow_none=True,
        metadata={"description": "Role on every site; null: only the roles in `sites`."},
    )
    sites = fields.Dict(keys=Sought(), values=fields.Enum(Role, by_value=True), load_default=dict)


class PersonChangeIn(Schema):
    display_name = Name(validate=validate.Length(max=80))
    role = fields.Enum(Role, by_value=True, allow_none=True)
    disabled = fields.Boolean()


class SiteRoleIn(Schema):
    role = fields.Enum(
        Role,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={"description": "Null removes the role on this site."},
    )


class PersonOut(Schema):
    id = fields.Integer(required=True)
    login = fields.String(required=True)
    display_name = fields.String(required=True)
    display_name_wish = fields.String(
        required=True, metadata={"description": "Requested; an admin has to approve it."}
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
        metadata={"description": "True when the account has one; null when you may not see it."},
    )
    governed = fields.Boolean(
        required=True, metadata={"description": "You may change, disable and remove them."}
    )
    you = fields.Boolean(required=True)
    password = fields.String(metadata={"description": "Only in the response that created it."})


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
    name = Name(required=True, validate=validate.Length(1, 80))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(list(SCOPES))),
        required=True,
        validate=validate.Length(1, 2),
    )
    site = Sought(load_default=None, allow_none=True)
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
        required=True, metadata={"description": "Number of codes left; each works once."}
    )
    required = fields.Boolean(
        required=True, metadata={"description": "Required before the account can do anything else."}
    )


class MailProblemOut(Schema):
    failed_at = fields.DateTime(required=True)
    error = fields.String(required=True)


class AccountOut(Schema):
    login = fields.String(required=True)
    display_name = fields.String(required=True)
    display_name_wish = fields.String(
        required=True, metadata={"description": "Requested; an admin has to approve it."}
    )
    role = fields.Enum(Role, by_value=True, required=True, allow_none=True)
    sites = fields.Dict(
        keys=fields.String(), values=fields.Enum(Role, by_value=True), required=True
    )
    email = fields.String(required=True)
    email_confirmed = fields.Boolean(required=True)
    mail = fields.Enum(MailFrequency, by_value=True, required=True)
    mail_hour = fields.Integer(required=True)
    mail_zone = fields.String(required=True)
    mail_problem = fields.Nested(
        MailProblemOut,
        required=True,
        allow_none=True,
        metadata={"description": "Why the latest mail to you failed; null: it was sent."},
    )
    mail_possible = fields.Boolean(
        required=True, metadata={"description": "True when this service can send mail."}
    )
    sessions = fields.List(fields.Nested(LoginOut), required=True)
    second_factor = fields.Nested(SecondFactorOut, required=True)


class AccountIn(Schema):
    display_name = Name(
        validate=validate.Length(max=80),
        metadata={"description": "A request that an admin has to approve, unless you are one."},
    )
    email = Mailbox(
        metadata={"description": "Confirmed by mail before anything else is sent to it."},
    )
    mail = fields.Enum(
        MailFrequency,
        by_value=True,
        metadata={"description": "When to send mail about held comments."},
    )
    mail_hour = fields.Integer(
        strict=True,
        validate=validate.Range(0, 23),
        metadata={"description": "The hour of the daily mail, in the time zone `mail_zone`."},
    )
    mail_zone = Sought(
        validate=validate.Length(1, 64),
        metadata={"description": "A time zone by its name, such as Europe/Paris."},
    )


class PasswordIn(Schema):
    current = fields.String(required=True, validate=validate.Length(max=1000))
    password = fields.String(
        required=True,
        validate=validate.Length(max=1000),
        metadata={"description": "12 to 128 characters, not a common password."},
    )


class ReauthenticationIn(Schema):
    password = fields.String(required=True, validate=validate.Length(max=1000))
    code = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"description": "Required with a second factor: its code or a recovery code."},
    )


class EnrolmentOut(Schema):
    secret = fields.String(required=True, metadata={"description": "Shown this once."})
    uri = fields.String(required=True, metadata={"description": "otpauth:// address for the app."})
    qr = fields.String(required=True, metadata={"description": "The same as a QR code (data:)."})
    ticket = fields.String(required=True, metadata={"description": "To be sent with the code."})


class EnrolmentIn(Schema):
    ticket = fields.String(required=True, validate=validate.Length(max=400))
    code = fields.String(required=True, validate=validate.Length(max=40))


class CodesOut(Schema):
    recovery_codes = fields.List(
        fields.String(), required=True, metadata={"description": "Shown this once."}
    )
