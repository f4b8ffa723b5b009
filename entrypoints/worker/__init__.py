"""The Celery worker, and the health check of its processes."""
