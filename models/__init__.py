"""Tables and enums, and the rules that a row can keep by itself. No IO, no web."""
