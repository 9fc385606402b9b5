"""The verbs of the domain, over a transaction and whoever acts."""
