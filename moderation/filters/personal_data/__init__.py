"""The `personal_data` filter: addresses and numbers; imports the domain and `filters.text`."""
