"""The campaigns' lane: claim a step, do it, settle it."""
