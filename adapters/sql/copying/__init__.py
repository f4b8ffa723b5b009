"""Copies everything from one database into another."""
