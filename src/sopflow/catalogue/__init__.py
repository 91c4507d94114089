"""Procedures as literals, one file per jurisdiction, each fact with source and evidence mark."""
