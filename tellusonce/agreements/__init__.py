"""What the configuration says of agencies, their agreements and the days on which nobody works."""
