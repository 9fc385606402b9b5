"""Events about changes, published in the transaction that makes the change."""
