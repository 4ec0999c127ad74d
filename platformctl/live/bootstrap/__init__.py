"""Flux on any cluster, so that submodules arrive and stay: look first, install, wait, prove."""
