"""What several tests use: a host of their own, terminals, proxies, generated runs."""
