"""HTTP that is not GraphQL: Clerk's webhooks, health, and the explorer's page."""
