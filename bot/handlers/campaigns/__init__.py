"""Peak weeks and months."""
