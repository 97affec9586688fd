"""Tests of readers' reports, and of the answers to them."""
