"""What one client, and all of them together, may hold of the server."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of the HTTP server; times are seconds, sizes are bytes."""

    #: Open connections of one client that is not a trusted proxy.
    per_client: int = 64
    #: Open connections of the process, less where fewer descriptors are allowed.
    connections: int = 8192
    #: Without a byte in either direction between two requests.
    silence: float = 30.0
    #: From the first byte of a request to the end of its head.
    head_time: float = 10.0
    #: From the end of the head to the end of a body of ordinary size.
    body_time: float = 10.0
    #: A larger body, which only review endpoints take, gets a second more for each of these.
    body_rate: int = 128 * KIB
    #: Without the client taking any of an answer.
    write_time: float = 30.0
    #: For reading what a refused client still sends, so that it gets to see the answer.
    linger_time: float = 2.0
    #: Request line and header fields.
    head: int = 64 * KIB
    headers: int = 100
    #: Bodies of ordinary requests, and of review endpoints when a credential comes along.
    body: int = 64 * KIB
    large_body: int = 8 * MIB + 64 * KIB
    #: Bodies that are being received, of all clients and of one.
    bodies: int = 64 * MIB
    bodies_per_client: int = 17 * MIB
    #: Requests that a connection has sent before the first of them is answered.
    pipelined: int = 32
    #: Requests that wait for a thread, of all clients and of one.
    waiting: int = 1024
    waiting_per_client: int = 64
    #: From SIGTERM to the end of the process: for requests under way, and for everything.
    drain_time: float = 7.0
    stop_time: float = 9.0


BOUNDS = Bounds()
