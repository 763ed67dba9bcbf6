"""Decide a recorded decision again, and say whether it is the same and what changed it."""
