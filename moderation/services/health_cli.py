"""`moderation health`: what a container or a supervisor asks."""

import click


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def health(port: int) -> None:
    """Ask the service on this machine whether it can use its store; exits with 1 if not."""
    import http.client
    import json

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise click.ClickException(
            f"No answer on port {port} ({type(error).__name__}). Is the service running, and is "
            "--port the one that it listens on?"
        ) from None
    finally:
        connection.close()
    if status != 200:
        try:
            why = json.loads(body)["detail"]
        except (ValueError, KeyError, TypeError):
            why = "It cannot use its store: see its log."
        raise click.ClickException(f"The service answers {status}. {why}")
    click.echo("ok")
