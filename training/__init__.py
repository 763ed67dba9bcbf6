"""Produces one folder, the model artefact: reads loans, fits three models, tracks and exports.

The route of `python -m training`: `__main__` -> `data` (or `generator`) -> `train` -> `models`,
`metrics`, `tracking` -> `artefact`. Imports `protocol` and no other room.
"""
