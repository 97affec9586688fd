"""Learning the models that the filters ship with; imports only the domain and the filters."""
