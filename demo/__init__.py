"""Demo data: people, a catalogue and what joins them, the same at each load."""
