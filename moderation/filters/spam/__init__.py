"""The `spam` filter: phrases and a linear model; imports the domain and `filters.text`."""
