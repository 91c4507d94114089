"""What journals say about many cases: pure functions over them. Nothing here reads a store or a clock."""
