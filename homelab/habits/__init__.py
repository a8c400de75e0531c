"""What an account types at its shells, and which of it deserves a verb."""
