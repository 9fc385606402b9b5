"""The counts of facets over all products, which a timer keeps."""

from sqlmodel import Field

from models.columns import Table


class FacetCount(Table, table=True):
    """How many products have a value of a facet."""

    __tablename__ = "facet_count"

    name: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    label: str
    count: int
