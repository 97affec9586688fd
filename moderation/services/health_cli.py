"""`moderation health`: what a container or a supervisor asks."""

import click


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def health(port: int) -> None:
    """Ask the service on this machine whether it can reach its store; exits with 1 if not."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise click.ClickException(f"Nobody answers ({type(error).__name__}).") from None
    finally:
        connection.close()
    if status != 200:
        raise click.ClickException(f"The service answers {status}: it cannot use its store.")
    click.echo("ok")
