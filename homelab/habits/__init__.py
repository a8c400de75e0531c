"""Shell habits: what an account's own shell histories say about commands that deserve a verb."""
