"""Every text of every request and command is cleaned, or looked up, or has its reason."""

import click
import pytest
from marshmallow import Schema, fields, validate

from moderation.cli import main, terminal
from moderation.services import text_fields
from moderation.services.sites.list_fields import Entries
from moderation.services.sites.settings_schema import SiteSettings
from moderation.web.schemas.comments import EVENT_DATA, CommentIn, EditIn, EventIn
from moderation.web.schemas.common import OptionalEmail, OptionalUrl
from moderation.web.schemas.hooks import GhostIn, WordPressIn

CLEAN = (
    text_fields.Name,
    text_fields.Line,
    text_fields.Paragraphs,
    text_fields.Identifier,
    text_fields.Sought,
    OptionalEmail,
    OptionalUrl,
)
#: Texts that are not cleaned, by schema and field, and why.
NOT_CLEANED = {
    "AccountIn.email": "an address, refused unless it can be written to",
    "ConfirmIn.confirm": "only one word is accepted",
    "ReportIn.email": "an address, refused unless it can be written to",
    "FormIn.token": "a signed token: compared, never kept",
    "FormIn.trap": "only whether it is empty counts",
    "PageQuery.cursor": "a cursor that this service gave out: decoded, never kept",
    "PasswordIn.current": "a secret: hashed as it was typed",
    "PasswordIn.password": "a secret: hashed as it was typed",
    "ReauthenticationIn.password": "a secret: hashed as it was typed",
    "ReauthenticationIn.code": "a one-time code: compared, never kept",
    "EnrolmentIn.ticket": "a signed token: compared, never kept",
    "EnrolmentIn.code": "a one-time code: compared, never kept",
    "CheckerIn.template": "checked: JSON that PostgreSQL stores, sent to the checker as it is",
    "CheckerPreviewIn.checker": "validated by the schema for saving",
    "EventIn.type": "one of the known types",
    "EventIn.data": "validated by the schema of the type",
}


def schemas_of(view):
    apidoc = getattr(view, "_apidoc", {})
    for parameter in apidoc.get("arguments", {}).get("parameters", ()):
        schema = parameter["schema"]
        yield schema if isinstance(schema, Schema) else schema()


def texts(schema, seen):
    """Yield each field of a schema and those inside it that takes a text, with its name."""
    if type(schema) in seen:
        return
    seen.add(type(schema))
    for name, field in schema.fields.items():
        yield from within(schema, name, field, seen)


def within(schema, name, field, seen):
    owner = [c for c in type(schema).__mro__ if name in getattr(c, "_declared_fields", {})][-1]
    if isinstance(field, Entries):
        return
    if isinstance(field, fields.Nested):
        yield from texts(field.schema, seen)
    elif isinstance(field, fields.List):
        yield from within(schema, name, field.inner, seen)
    elif isinstance(field, fields.Dict):
        for inner in (field.key_field, field.value_field):
            if inner is not None:
                yield from within(schema, name, inner, seen)
    elif isinstance(field, fields.Tuple):
        for inner in field.tuple_fields:
            yield from within(schema, name, inner, seen)
    elif isinstance(field, fields.String):
        yield f"{owner.__name__}.{name}", field
    else:
        assert isinstance(field, KNOWN), f"{owner.__name__}.{name}: {type(field).__name__}"


#: Fields whose values cannot hold a text of one's own.
KNOWN = (fields.Number, fields.Boolean, fields.UUID, fields.DateTime, fields.Enum, fields.Constant)


def is_clean(field):
    if isinstance(field, CLEAN):
        return True
    checked = (text_fields.require_address, text_fields.require_storable)
    # Every Url and Email has a regular expression, which admits controls.
    closed = (
        () if isinstance(field, fields.Email | fields.Url) else (validate.OneOf, validate.Regexp)
    )
    return any(check in checked or isinstance(check, closed) for check in field.validators)


@pytest.fixture
def requests(app):
    views = [schema for view in app.view_functions.values() for schema in schemas_of(view)]
    assert len(views) > 20
    return [
        *views,
        *(event() for event in EVENT_DATA.values()),
        *(EventIn(), CommentIn(), EditIn(), SiteSettings(), GhostIn(), WordPressIn()),
    ]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_every_text_of_a_request_is_cleaned_or_has_a_reason(requests):
    seen: set[type] = set()
    found = [pair for schema in requests for pair in texts(schema, seen)]

    unclean = {name for name, field in found if not is_clean(field)}

    assert len(found) > 50
    assert unclean == NOT_CLEANED.keys()


#: Arguments of commands that are looked up as they were stored, or checked by their purpose.
LOOKED_UP = {
    "moderator password login": "an account by its login",
    "moderator remove login": "an account by its login",
    "mail retry login": "an account by its login",
    **{
        f"{command} site_name": "a site by its name"
        for command in (
            *("export", "import", "posts move", "privacy erase", "privacy export"),
            *("privacy requests", "privacy retention", "privacy withdraw"),
        )
    },
    "export prefixes": "a part of the ids of posts",
    "import hosts": "compared with the hosts of the file",
    "import zone_name": "checked: the name of a time zone",
    "mail allow address": "compared with stored addresses",
    "mail bounced address": "stored as a keyed hash",
    "mail complained address": "stored as a keyed hash",
    "mail status address": "compared with stored addresses",
    "posts move begins": "a part of the ids of posts",
    "posts move becomes": "checked as the id of a post",
    "privacy erase author_id": "an author by their id",
    "privacy erase email": "compared with stored addresses",
    "privacy export author_id": "an author by their id",
    "privacy export email": "compared with stored addresses",
    "webhook list site_name": "a site by its name",
    "webhook retry site_name": "a site by its name",
    "webhook enable site_name": "a site by its name",
    "webhook disable site_name": "a site by its name",
    "hook list site_name": "a site by its name",
    "hook add site_name": "a site by its name",
    "hook remove site_name": "a site by its name",
    "hook deliveries site_name": "a site by its name",
    "webhook endpoints site_name": "a site by its name",
    "webhook add site_name": "a site by its name",
    "webhook add url": "checked as an address",
    "webhook add events": "checked: one of the known types",
    "webhook change site_name": "a site by its name",
    "webhook change url": "checked as an address",
    "webhook change events": "checked: one of the known types",
    "webhook remove site_name": "a site by its name",
    "webhook rotate site_name": "a site by its name",
    "webhook end-rotation site_name": "a site by its name",
    "webhook test site_name": "a site by its name",
    "webhook deliveries site_name": "a site by its name",
    "webhook redeliver site_name": "a site by its name",
    "deliveries site_name": "a site by its name",
    "moderator reset-totp login": "an account by its login",
    "moderator add site_names": "a site by its name",
    "token add site_name": "a site by its name",
    "token remove name": "a token by its name",
    "site settings name": "a site by its name",
    "site settings assignments": "checked by the schema of the settings",
    "site settings origins": "checked as origins",
    "site settings webhook_url": "checked as an address",
    "site remove name": "a site by its name",
    "site add name": "checked: small ASCII letters, digits and signs",
    "site add origins": "checked as origins",
    "site add webhook_url": "checked as an address",
    "transparency site_name": "a site by its name",
    "key add site_name": "a site by its name",
    "key list site_name": "a site by its name",
    "key remove site_name": "a site by its name",
    "examples site_name": "a site by its name",
    "akismet list site_name": "a site by its name",
    "akismet retry site_name": "a site by its name",
    "coral add site_name": "a site by its name",
    "coral add secret": "a secret: checked, and compared as it is",
    "coral list site_name": "a site by its name",
    "coral remove site_name": "a site by its name",
    "checker show site_name": "a site by its name",
    "checker set site_name": "a site by its name",
    "checker preview site_name": "a site by its name",
    "checker remove site_name": "a site by its name",
    "secret list site_name": "a site by its name",
    "secret add site_name": "a site by its name",
    "secret rotate site_name": "a site by its name",
    "secret remove site_name": "a site by its name",
    "sign-on secrets site_name": "a site by its name",
    "sign-on rotate site_name": "a site by its name",
    "sign-on remove site_name": "a site by its name",
    "sign-on check site_name": "a site by its name",
    "token add scopes": "checked: one of the known scopes",
    "serve host": "an address to listen on",
    "demo host": "an address to listen on",
}
#: They read and write files of their own and no store.
_OFFLINE = ("train", "evaluate")


def commands(group, way=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*way, name))
        else:
            yield " ".join((*way, name)), command


def test_every_text_of_a_command_is_cleaned_or_has_a_reason():
    found = {
        f"{way} {parameter.name}": parameter.type
        for way, command in commands(main)
        if not way.startswith(_OFFLINE)
        for parameter in command.params
    }

    texts = {name for name, type in found.items() if isinstance(type, click.types.StringParamType)}

    assert texts == LOOKED_UP.keys()
    assert {name for name, type in found.items() if type in (terminal.NAME, terminal.LINE)} == {
        *("moderator add login", "moderator add name", "token add name"),
        *("site add title", "site settings title", "checker preview text"),
    }
