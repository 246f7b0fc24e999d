"""Geometry and files, without Django and without a database."""
