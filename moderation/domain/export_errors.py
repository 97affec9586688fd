"""Errors of prepared exports."""

from .errors import Conflict, ModerationError, NotFound


class ExportNotFound(NotFound):
    """The site has no such export."""

    code = "export_not_found"


class TooManyExports(Conflict):
    """The site has as many prepared exports as it may have."""

    code = "too_many_exports"


class ExportNotReady(Conflict):
    """The export has no file yet, or failed."""

    code = "export_not_ready"


class ExportElsewhere(Conflict):
    """This process cannot reach the file of the export."""

    code = "export_elsewhere"


class ExportExpired(ModerationError):
    """The file of the export was deleted, since its time is over."""

    code = "export_expired"
