"""Reports as values: facts and definitions in, sheets out; drawn elsewhere."""
