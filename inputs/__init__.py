"""Input types, scalars and enums of the graph: between the schema and its resolvers."""
