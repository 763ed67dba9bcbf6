"""The commands: `./loanscore <noun> <verb>`.

`campaign` is a caller of the API like any other; the operator's nouns talk to Redis.
"""
