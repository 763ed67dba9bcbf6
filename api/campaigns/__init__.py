"""`/v1/campaigns`: submit a portfolio, follow its rescoring, fetch what came of it."""
