"""Tools for developers; the service imports none of them."""
