"""Answers of foreign protocols over HTTP, each in its own shape, errors included."""
