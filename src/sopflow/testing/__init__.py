"""For users' own tests: contracts for stores and notifiers, a clock, and ways to walk a procedure."""
