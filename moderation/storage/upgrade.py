"""Brings a store to the schema of this release."""

from pathlib import Path

from flask import Flask


def upgrade(app: Flask, revision: str = "head") -> None:
    """Run the migrations that are missing; two processes at once take turns."""
    from flask_migrate import upgrade as alembic_upgrade

    with app.app_context():
        alembic_upgrade(directory=str(Path(__file__).parent / "migrations"), revision=revision)
