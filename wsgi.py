"""The WSGI application: `granian --interface wsgi wsgi:app`."""

from moderation import create_app

app = create_app()
