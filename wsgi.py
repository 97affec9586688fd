"""The WSGI application, for servers other than `moderation serve`.

They must read a request's body themselves, with a deadline, before the application runs, and
bound the connections of a client; `moderation serve` does both.
"""

from moderation import create_app
from moderation.server import keep_what_is_loaded

app = create_app()
keep_what_is_loaded()
