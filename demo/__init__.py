"""Demo data: customers, a catalogue, follows, wishlists and tickets, the same at each load."""
