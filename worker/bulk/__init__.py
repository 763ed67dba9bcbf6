"""The bulk engine: a portfolio file in ranges, each checked, scored and written by itself.

Pure functions on local files. `layout` finds the columns, `ranges` cuts the file, `chunk` scores a
range, `parts` writes and joins what came of it, `tally` counts it.
"""
