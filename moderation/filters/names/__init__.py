"""The `names` filter: author names that imitate staff; imports the domain and `filters.text`."""
