"""The WSGI application: `granian --interface wsgi wsgi:app`."""

from moderation import create_app
from moderation.serving import keep_what_is_loaded

app = create_app()
keep_what_is_loaded()
