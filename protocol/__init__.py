"""What the rooms say to each other: application, names, states, ledger, artefact, settings, errors.

Light on purpose: the API image carries it, so nothing here imports celery, flask, scikit-learn,
pandas, mlflow or numpy. import-linter keeps it so (see pyproject.toml).
"""
