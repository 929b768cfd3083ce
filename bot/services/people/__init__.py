"""Coming in, roles, devices, one's own data."""
