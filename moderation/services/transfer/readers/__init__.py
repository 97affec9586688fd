"""Readers of the formats, one file each.

A reader takes an opened file and the reader of times, and yields records in any order.
"""
