"""All families of cases, in the order they are run: a short run may not reach the last."""

from chaos import clock, hostile, network, requests, store, workers

FAMILIES = (
    requests.FAMILY,
    store.FAMILY,
    store.SHORT_LIVED,
    workers.FAMILY,
    network.FAMILY,
    clock.FAMILY,
    hostile.FAMILY,
)
