"""Alembic's migrations: every one runs beside the code of the previous release."""
