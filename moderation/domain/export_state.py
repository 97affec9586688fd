"""The states of a prepared export."""

from enum import StrEnum


class ExportState(StrEnum):
    """The state of a prepared export."""

    #: No worker has begun it, or it has to be begun anew.
    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    #: The file was deleted because its time was over.
    EXPIRED = "expired"


#: The states of an export that will be written by a worker.
UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)
