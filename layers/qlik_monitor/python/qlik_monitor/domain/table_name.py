"""Table names: one table, written `schema.table`, as a model names it and a person types it."""

from typing import Annotated, Self

from pydantic import Field

from qlik_monitor.domain.model import Frozen

Part = Annotated[str, Field(min_length=1)]


class TableName(Frozen):
    """One table of a task; case counts, as it does in Qlik."""

    schema_name: Part
    table: Part

    @classmethod
    def fault_of(cls, text: str) -> str | None:
        """Say why a text names no single table for certain, or None when it does."""
        parts = text.split(".")
        if len(parts) != len(cls.model_fields) or not all(parts):
            return f"{text!r} is not 'schema.table' with one dot: which part is which is not clear"
        if any(part != part.strip() or not part.isprintable() for part in parts):
            return f"{text!r} has spaces at an end, or characters that cannot be seen"
        # Releases of Qlik differ in the wildcard; one in a name could reach more than one table.
        if set(text) & {"*", "%"}:
            return f"{text!r} holds a wildcard, which could reach more than one table"
        return None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `schema.table`; raises ValueError where that is not clear."""
        if fault := cls.fault_of(text):
            raise ValueError(fault)
        schema, _, table = text.partition(".")
        return cls(schema_name=schema, table=table)
