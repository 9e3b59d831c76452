"""The panel kept straight: who is who from one year to the next, what became of them, and in which units."""
