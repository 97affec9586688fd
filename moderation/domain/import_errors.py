"""Errors of the uploads and imports of a site's console."""

from .errors import Conflict, ModerationError, NotFound


class ImportNotFound(NotFound):
    """The site has no import."""

    code = "import_not_found"


class ImportRunning(Conflict):
    """The site has an import already."""

    code = "import_running"


class ImportState(Conflict):
    """The import is at another step than the request is for."""

    code = "import_state"


class UploadElsewhere(Conflict):
    """This process cannot reach the uploaded file."""

    code = "upload_elsewhere"


class UploadOutOfPlace(Conflict):
    """A part of an upload does not begin where the last one ended."""

    code = "upload_out_of_place"


class UploadTooLarge(ModerationError):
    """The file is larger than the operator allows."""

    code = "upload_too_large"


class NoRoom(ModerationError):
    """The disk has no room for the file."""

    code = "no_room"
