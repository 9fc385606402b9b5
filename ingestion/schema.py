"""The JSON Schema of a line."""

import json

from ingestion.checking import ADAPTER


def line_schema() -> str:
    """Write the JSON Schema of a line, as docs/import.schema.json has it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **ADAPTER.json_schema(by_alias=True)}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
