"""Grafana Loki: the one HTTP client of this program, and the queries it asks."""
