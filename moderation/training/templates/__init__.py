"""Training and test sentences generated from templates; imports only the standard library."""
