"""The application: the fields of one applicant, their order, units and ranges; see the schema."""

import json
from collections import namedtuple
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from protocol.schema import SCHEMA, SHIPPED, Field

if TYPE_CHECKING:

    class _Values(tuple[float, ...]):
        """What a type checker may know of fields that are read when the process starts."""

        __slots__ = ()
        _fields: ClassVar[tuple[str, ...]]

        def __new__(cls, *values: float, **by_name: float) -> Self: ...
        def _asdict(self) -> dict[str, float]: ...
        def _replace(self, **by_name: float) -> Self: ...
else:
    _Values = namedtuple("_Values", SCHEMA.names)


class Application(_Values):
    """One applicant's fields, in the order the model reads them.

    Money is in the currency unit of the training data.
    """

    __slots__ = ()


#: One entry a field of `Application`, in its order.
FIELDS: tuple[Field, ...] = tuple(SCHEMA.fields)

#: The position of the exposure: the amount of which a default loses a share.
EXPOSURE = SCHEMA.place(SCHEMA.exposure)

#: The applicant used by `make run`, the README and the API's own examples: invented.
EXAMPLE = Application(*(field.example for field in FIELDS))

#: Whether the fields are those of schema.json: only these are written without their names.
_UNNAMED = SCHEMA.names == SHIPPED.names


def written(application: Application) -> str:
    """Write an application as JSON for a worker: the fields of schema.json as an array.

    Others by name: a process that has read another schema must refuse them, not mistake one field
    for another.
    """
    return json.dumps(application if _UNNAMED else application._asdict())


def as_read(text: str) -> Application:
    """Read what `written` wrote.

    Raises:
        ValueError: it has other fields, or is no application at all.
    """
    given = named(json.loads(text))
    if not isinstance(given, Mapping) or given.keys() != set(SCHEMA.names):
        raise ValueError("an application of other fields than this process has read of its schema")
    return Application(**given)


def named(values: Any) -> Any:
    """Give the fields by name where that can be told, and anything else as it is."""
    if _UNNAMED and isinstance(values, list) and len(values) == len(FIELDS):
        return dict(zip(SCHEMA.names, values, strict=True))
    return values
