"""Break everything on purpose, and check from the caller's own journal that nothing was lost."""
