"""Monitoring: how far live applicants are from those a model was trained on, and how right it was.

Computed from the archive of decision records and the manifests of the models on the shelf, without
Redis: by a campaign worker now and then, and by `loanscore monitor`. docs/monitoring.md explains.
"""
