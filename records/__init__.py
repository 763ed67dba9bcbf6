"""The archive of decision records: Parquet files of one chain, in a folder that can be copied.

Used by `worker.campaigns.archiver`, which writes it, and by `cli.records`, which verifies, searches
and erases, without Redis.
"""
