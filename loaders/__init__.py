"""How rows are found: one file an area, one batch a question, one SQL statement a batch."""
