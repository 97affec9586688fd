"""Checks that a command can listen on its ports, before it starts."""

import errno
import socket
from collections.abc import Sequence
from contextlib import closing

import click


def require_free(host: str, ports: Sequence[int], advice: str) -> None:
    """End the command with a sentence unless it can listen on every port.

    `advice` names the option for another port; `{port}` in it becomes a free one.
    """
    for port in ports:
        refused = _bind_error(host, port)
        if refused is None:
            continue
        if refused == errno.EADDRINUSE:
            raise click.ClickException(
                f"{port} is taken: {advice.format(port=_free_port(host, ports))}"
            )
        raise click.ClickException(
            f"Cannot listen on {host}:{port} ({_error_text(refused)}). "
            "Choose another --host or --port."
        )


def _bind_error(host: str, port: int) -> int | None:
    """Return the errno of listening on a port; None when it is free."""
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError:
        return errno.EADDRNOTAVAIL
    family, kind, protocol, _, address = found[0]
    with closing(socket.socket(family, kind, protocol)) as probe:
        # Lingering connections of an earlier run do no harm; a listening socket does,
        # even with SO_REUSEPORT, since this probe does not set it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as error:
            return error.errno
    return None


def _free_port(host: str, ports: Sequence[int]) -> int:
    """Return the first of as many free neighbouring ports; 0 when there are none."""
    for port in range(ports[0] + 10, 65_500, 10):
        if all(_bind_error(host, port + behind) is None for behind in range(len(ports))):
            return port
    return 0


def _error_text(number: int) -> str:
    import os

    return os.strerror(number).lower()
