"""Deployment files (Docker, Compose, Swarm, Kubernetes) and the check of them."""
