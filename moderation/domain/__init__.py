"""Values, enums and errors of moderation, and pure functions on them.

Imports only the standard library; every other package may import it.
"""
