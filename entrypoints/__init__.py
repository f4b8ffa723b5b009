"""What calls the use cases: HTTP, the command line, the Celery worker and background threads."""

__version__ = "0.1.0"
