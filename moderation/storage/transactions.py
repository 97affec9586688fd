"""Transactions that run again after a conflict with another one."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from .engine import begin_write, is_lost_race

T = TypeVar("T")

#: Attempts of one transaction.
TRIES = 6


def transact(session: Session, job: Callable[[], T]) -> T:
    """Run a job in a transaction that is open for writing and commit; its error rolls it back.

    PostgreSQL ends one of two transactions that wait for each other, or that insert the same
    row: the job then runs again, so it must read the rows that it depends on.
    """

    def run_once() -> T:
        begin_write(session)
        try:
            result = job()
            session.commit()
        except BaseException:
            session.rollback()
            raise
        return result

    return retry_lost_races(run_once)


def retry_lost_races(attempt: Callable[[], T]) -> T:
    """Repeat an attempt that lost a race against another transaction, TRIES times in all."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except DBAPIError as error:
            if not is_lost_race(error):
                raise
    return attempt()
