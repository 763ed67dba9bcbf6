"""The diff of a campaign: how its scores have moved since the rows were scored before.

`member` is the way in. Before is what the file itself says (`columns`) or another campaign
(`partners`, `matching`); `movement` counts. Never more than a batch of rows, or a bucket, is held.
"""
