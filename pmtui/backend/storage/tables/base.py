"""What the tables share: text enums, composite references within a tenant, and the names of constraints."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, ForeignKeyConstraint, MetaData
from sqlmodel import SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMES
SQLModel.model_config["defer_build"] = True  # rows are not validated: a start need not wait for their validators
metadata: MetaData = SQLModel.metadata


def stored(kind: type[StrEnum]) -> Any:
    """The column type of a text enum: its values, in a plain text column without a native type."""
    return Enum(kind, native_enum=False, create_constraint=False, length=60, values_callable=_values)


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


def of_tenant(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """A reference to `table` that can't leave the tenant."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], **options)
