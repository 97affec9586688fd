"""The documented JSON Schema is that of the code, and every exported line is valid by it."""

import json
from pathlib import Path

import jsonschema

from moderation.services.transfer.lines import LINES, schema
from tests.services.transfer.rich import lines

DOCS = Path(__file__).parents[3] / "docs"


def test_the_documented_schema_is_the_one_of_the_code():
    written = json.loads((DOCS / "export.schema.json").read_text(encoding="utf-8"))

    assert written == json.loads(json.dumps(schema()))
    jsonschema.Draft202012Validator.check_schema(written)


def test_every_type_of_line_is_documented():
    page = (DOCS / "export.md").read_text(encoding="utf-8")

    assert [name for name in LINES if f"`{name}`" not in page] == []


def test_every_line_of_an_export_is_valid(source):
    validator = jsonschema.Draft202012Validator(schema())

    for line in lines(source.export()):
        one = jsonschema.Draft202012Validator(
            {**schema()["$defs"][line["type"]], "$schema": schema()["$schema"]}
        )
        assert not list(one.iter_errors(line)), line["type"]
        assert validator.is_valid(line)
