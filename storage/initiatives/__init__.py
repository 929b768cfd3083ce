"""What people submit, and what a programme asks of it."""
