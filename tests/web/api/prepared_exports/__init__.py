"""Exports that the worker prepares as files."""
