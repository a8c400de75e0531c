"""Docker's and Podman's containers."""
