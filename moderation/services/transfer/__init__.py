"""Imports from other systems and exports of our own."""
