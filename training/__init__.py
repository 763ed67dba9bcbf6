"""Produces one folder, the model artefact: reads loans, fits three models, tracks and exports.

The route of `python -m training`: `__main__` -> `data` (or `generator`) -> `train` -> `data_report`
-> `split`, `models`, `study`, `selection`, `tracking` -> `manifest`, `card`, `figures` ->
`artefact`, `challenger`. `explore.ipynb` walks it for people. Imports `protocol` and no other room.
"""
