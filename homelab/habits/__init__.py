"""What an account types in its shells: histories, and the groups of commands in them."""
