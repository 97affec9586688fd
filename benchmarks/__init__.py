"""Benchmarks that are run by hand: see the Makefile. They may import everything."""

# Before NumPy: the package keeps its linear algebra to one thread, as in the service. A second one
# would spin on the other core and double what is measured.
import moderation  # noqa: F401
