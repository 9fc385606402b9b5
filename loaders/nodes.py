"""Which loader finds a node by its global id. Each area registers its own loaders."""

from typing import TypeVar
from uuid import UUID

from loaders.batches import RowLoader

L = TypeVar("L", bound=type[RowLoader[UUID]])

NODE_LOADERS: dict[str, type[RowLoader[UUID]]] = {}
"""By the name of the GraphQL type."""


def node_loader(loader: L) -> L:
    """Register the loader that `node` and `nodes` use for its GraphQL type."""
    if loader.graphql_type in NODE_LOADERS:
        message = f"{loader.__name__}: {loader.graphql_type} has {NODE_LOADERS[loader.graphql_type].__name__} already"
        raise TypeError(message)
    NODE_LOADERS[loader.graphql_type] = loader
    return loader
