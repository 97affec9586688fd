"""Benchmarks that are run by hand: see the Makefile. They may import everything."""
