"""HTTP that is not GraphQL: Clerk, and the explorer page."""
