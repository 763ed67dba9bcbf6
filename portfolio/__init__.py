"""What a portfolio file is: what its sender says of it, and where its columns are.

The API looks before it accepts a file, a worker before it cuts one; both by this room. It imports
`protocol` alone; `parquet`, which needs polars, is run as a program of its own by `apart`.
"""
