"""Readers among themselves: reports, votes, following and appeals."""
