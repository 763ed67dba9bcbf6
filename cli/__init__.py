"""The operator's commands: `./loanscore <noun> <verb>`. They talk to Redis, never to the API."""
