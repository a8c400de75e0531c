"""Pure: from counted runs to evidence."""
