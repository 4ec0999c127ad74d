"""Faults of the login chain, and how each is put in and taken out again."""
