"""A county that does not exist: its people, its money, and the workbooks its offices would send in."""
