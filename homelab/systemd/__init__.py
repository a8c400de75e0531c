"""systemd's managers, units, timers and journal."""
