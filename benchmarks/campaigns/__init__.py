"""Campaigns measured: beside DuckDB and pandas, in memory, beside single scores, and killed."""
