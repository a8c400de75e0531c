"""Jobs: commands that cron or a timer runs, one at a time each, and what became of them."""
