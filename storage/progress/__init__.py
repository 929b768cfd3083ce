"""Counts against targets, ranking, pictures."""
