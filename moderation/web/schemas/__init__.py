"""marshmallow schemas: they validate input and document output."""
