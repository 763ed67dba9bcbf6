"""`make images`: both images on a real engine, the compose file, a registry."""
