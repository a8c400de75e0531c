"""A Grafana dashboard over the counted runs, as a file that Grafana imports."""
