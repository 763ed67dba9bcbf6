"""One machine: Redis, a worker and the API under one roof, for `make run` and the tests."""
