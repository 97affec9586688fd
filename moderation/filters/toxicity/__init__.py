"""The `toxicity` filter: a model and clause patterns; imports the domain and `filters.text`."""
