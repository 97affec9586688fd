"""`moderation health`: a health check for containers and supervisors."""

from collections.abc import Iterator

import click

#: A code of `/healthz` → its meaning and the next step.
WARNINGS = {
    "webhook_disabled": "a webhook endpoint is switched off: see `moderation webhook endpoints`",
    "webhooks_failed": "webhooks failed within the last day: see `moderation webhook list`",
    "checker_unavailable": "the own checker of a site fails: see `moderation checker show SITE`",
    "mails_failed": "mail to moderators failed within the last day: see `moderation mail list`",
}


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def health(port: int) -> None:
    """Check the service on this machine; exits with 1 when it cannot use its store."""
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
    for warning in _warnings(body):
        click.echo(f"warning: {warning}", err=True)


def _warnings(body: bytes) -> Iterator[str]:
    """Yield the service's warnings, and the variables here that no setting reads."""
    import json
    import os

    from moderation.config import unknown_variables

    try:
        codes = json.loads(body).get("warnings", [])
    except (ValueError, AttributeError):
        codes = []
    yield from (WARNINGS.get(code, str(code)) for code in codes)
    for name, nearest in unknown_variables(os.environ).items():
        meant = f": did you mean {nearest}?" if nearest else ""
        yield f"no setting reads {name}{meant}"
