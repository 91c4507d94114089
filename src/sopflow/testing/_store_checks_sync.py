# Generated from src/sopflow/testing/_store_checks.py by scripts/unasync.py. DO NOT CHANGE.
"""The checks of the store contract, by capability."""
