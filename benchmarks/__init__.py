"""Ours beside its peers: one run, one machine, one table, every answer checked."""
