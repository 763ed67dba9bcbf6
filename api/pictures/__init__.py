"""Pictures of what a campaign came to, drawn as SVG from its summary alone."""
