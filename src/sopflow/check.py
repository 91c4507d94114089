"""Static analysis of a procedure: whether it is any good."""
