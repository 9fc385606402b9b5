"""PostgreSQL: statements, reads, transactions, connections, and the embedded server."""
