"""A real SMTP server."""

import pytest
from aiosmtpd.controller import Controller

from tests.nodes import free_port

from .sink import Sink, sender_for


@pytest.fixture
def mailbox():
    """The SMTP server to which mail to readers is sent."""
    sink, port = Sink(), free_port()
    controller = Controller(sink, "127.0.0.1", port, enable_SMTPUTF8=False, ready_timeout=60)
    controller.start()
    sink.post = sender_for(port)
    yield sink
    controller.stop()
