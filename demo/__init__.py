"""Demo data: customers, a catalog, follows, wishlists and tickets, the same at each load."""
