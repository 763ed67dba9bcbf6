"""All families of cases, in the order they are run."""

from chaos import clock, hostile, network, requests, store, workers

FAMILIES = (
    workers.FAMILY,
    store.FAMILY,
    store.SHORT_LIVED,
    network.FAMILY,
    requests.FAMILY,
    clock.FAMILY,
    hostile.FAMILY,
)
