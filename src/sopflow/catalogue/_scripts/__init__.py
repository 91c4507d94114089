"""The scripts of the bundled procedures: four courses that a case under each can take, one file a jurisdiction."""
