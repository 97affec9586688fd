"""Limits on the server's resources, per client and in total."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of the HTTP server; times are seconds, sizes are bytes."""

    #: Open connections of one client that is not a trusted proxy. HTTP clients for asyncio open a
    #: hundred, and a site's server with them is one client.
    per_client: int = 256
    #: Open connections of the process, less where fewer descriptors are allowed.
    connections: int = 8192
    #: Idle time between two requests, without a byte in either direction.
    silence: float = 30.0
    #: From the first byte of a request to the end of its head.
    head_time: float = 10.0
    #: From the end of the head to the end of a body of ordinary size.
    body_time: float = 10.0
    #: A larger body, which only review endpoints take, gets a second more for each of these.
    body_rate: int = 128 * KIB
    #: Time in which the client reads nothing of a response.
    write_time: float = 30.0
    #: Time to drain what a refused client still sends, so that it receives the response.
    linger_time: float = 2.0
    #: Request line and header fields.
    head: int = 64 * KIB
    headers: int = 100
    #: Bodies of ordinary requests, and of review endpoints with a credential.
    body: int = 64 * KIB
    large_body: int = 8 * MIB + 64 * KIB
    #: Bodies of calls of foreign protocols; a batch of them may be as large as `large_body`.
    compat_body: int = 256 * KIB
    #: Bodies of Akismet's clients, which send a comment twice and each letter escaped.
    form_body: int = MIB
    #: Total of bodies that are being received, for all clients and for one.
    bodies: int = 64 * MIB
    bodies_per_client: int = 17 * MIB
    #: Pipelined requests of a connection.
    pipelined: int = 32
    #: Requests that wait for a thread, for all clients and for one.
    waiting: int = 4096
    waiting_per_client: int = 256
    #: After SIGTERM: time for requests in progress, and until the process ends.
    drain_time: float = 7.0
    stop_time: float = 9.0


BOUNDS = Bounds()
