"""The API: accepts applications, enqueues them, answers polls. It never loads a model."""
