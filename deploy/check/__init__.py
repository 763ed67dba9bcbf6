"""The contract check: what the templates must keep to and cfn-lint does not look at."""
