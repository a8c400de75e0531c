"""The machine's condition: load, memory, disks, heat, clock, reboot."""
