"""A server that does nothing but receive, judge and send: what any exchange takes on a machine.

`benchmarks.compat` runs it as `python -m benchmarks.bare PORT`.
"""

import json
import socket
import sys

from moderation.filters import attributes
from moderation.filters.text.document import Text

from .compat import ATTRIBUTES

#: Bytes of an answer of the service with the spans of a text of 400 characters.
_ANSWER = 3000


def serve_bare(port: int) -> None:
    """Judge each text of one connection, and answer with as many bytes as the service does."""
    body = b"x" * _ANSWER
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    attributes.score(Text("Load what is needed."), ATTRIBUTES)
    with socket.create_server(("127.0.0.1", port)) as listening:
        connection, _ = listening.accept()
    while received := connection.recv(1 << 16):
        text = json.loads(received.partition(b"\r\n\r\n")[2])["comment"]["text"]
        attributes.score(Text(text), ATTRIBUTES, sentences=False)
        connection.sendall(answer)


if __name__ == "__main__":
    serve_bare(int(sys.argv[1]))
