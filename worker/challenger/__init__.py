"""The challenger in the shade: what another model would have said of archived decisions."""
