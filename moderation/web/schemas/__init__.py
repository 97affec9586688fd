"""marshmallow schemas: what comes in is checked here, what goes out is documented here."""
