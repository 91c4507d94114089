"""The checks of the store contract, by capability. Its sync half is generated."""
