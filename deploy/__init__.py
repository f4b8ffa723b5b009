"""What runs the service on servers, and the check of it."""
