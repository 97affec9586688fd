"""Ports: a command that is going to listen asks first whether it can."""

import errno
import socket
from collections.abc import Sequence
from contextlib import closing

import click


def require_free(host: str, ports: Sequence[int], advice: str) -> None:
    """End the command with a sentence unless it can listen on every port.

    `advice` names how to choose others; its `{port}` becomes the next that are free.
    """
    for port in ports:
        refused = _refused(host, port)
        if refused is None:
            continue
        if refused == errno.EADDRINUSE:
            raise click.ClickException(f"{port} is taken: {advice.format(port=_next(host, ports))}")
        raise click.ClickException(
            f"Cannot listen on {host}:{port} ({_said(refused)}). Choose another --host or --port."
        )


def _refused(host: str, port: int) -> int | None:
    """Return the number of the error that listening would meet; None when it is free."""
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError:
        return errno.EADDRNOTAVAIL
    family, kind, protocol, _, address = found[0]
    with closing(socket.socket(family, kind, protocol)) as probe:
        # Connections of an earlier run may linger; one that listens is in the way all the same,
        # also one that shares its port (SO_REUSEPORT), since this probe does not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as error:
            return error.errno
    return None


def _next(host: str, ports: Sequence[int]) -> int:
    """Return the first of as many neighbouring ports that are free."""
    for port in range(ports[0] + 10, 65_500, 10):
        if all(_refused(host, port + behind) is None for behind in range(len(ports))):
            return port
    return 0


def _said(number: int) -> str:
    import os

    return os.strerror(number).lower()
