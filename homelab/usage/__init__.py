"""The read side of telemetry: counts from Loki or the journal, and what they show."""
