"""Whole jobs, as lists of steps over the live and the local layer."""
