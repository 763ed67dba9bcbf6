"""The HTTP contract written down, from the same facts the code checks by: see `api.openapi`."""
