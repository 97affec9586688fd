"""The vocabulary of moderation: plain values and errors, nothing that reads or writes.

Everything else in the package may import this; this imports only the standard library.
"""
