"""Training and evaluation of the filters' models; imports only the domain and the filters.

Commands import it; servers and workers never do.
"""
