"""Text analysis shared by the filters: characters, URLs, language, near-duplicates.

Imports only the domain and `data_files`; no module here is a filter.
"""
