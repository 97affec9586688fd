"""The `profanity` filter: disguised profanity and the sites' own word lists.

Imports the domain and `filters.text`.
"""
