"""Jobs: commands that cron or a timer runs, one run at a time each, and their results."""
