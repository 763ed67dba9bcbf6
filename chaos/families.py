"""All families of cases, in the order they are run: a short run may not reach the last."""

from chaos import campaigns, clock, failover, hostile, network, requests, scarce, store, workers

FAMILIES = (
    requests.FAMILY,
    store.FAMILY,
    store.SHORT_LIVED,
    workers.FAMILY,
    network.FAMILY,
    hostile.FAMILY,
    campaigns.FAMILY,
    campaigns.BOMBS,
    campaigns.BESIDE,
    scarce.FAMILY,
    clock.FAMILY,
    scarce.SOAK,
    failover.FAMILY,
)
