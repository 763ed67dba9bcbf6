"""The worker: loads the model once, answers doorbells, scores what waits, sweeps what is stuck."""
