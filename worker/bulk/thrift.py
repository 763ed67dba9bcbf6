"""Thrift's compact protocol, as much of it as a Parquet footer is written in.

A struct is read as a dict of field number -> `Value` and written back to the same bytes; what a
field means is not known here. Source: thrift/doc/specs/thrift-compact-protocol.md.
"""

from typing import Any, NamedTuple

_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)  # of 16, 32 and 64 bits
#: Lists that are this long or longer have their length in a number of its own.
_LONG = 15


class ThriftError(ValueError):
    """The bytes are no struct of this protocol, or have a kind that no footer has."""


class Value(NamedTuple):
    """A value and how it is written."""

    #: the protocol's number of its type
    kind: int
    #: bool, int, bytes; of a list `Items`; of a struct `Struct`
    content: Any


class Items(NamedTuple):
    """A list: all of one kind."""

    kind: int
    contents: list[Any]


#: Field number -> value, ascending.
Struct = dict[int, Value]


class Reader:
    """Reads one value after the other.

    Args:
        data: begins with a struct.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        """Read a struct.

        Raises:
            ThriftError: there is none.
        """
        fields: Struct = {}
        number = 0
        while (head := self._byte()) != _STOP:
            kind, step = head & 15, head >> 4
            number = number + step if step else self._integer()
            fields[number] = Value(kind, self._content(kind))
        return fields

    def _content(self, kind: int) -> Any:
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind in _INTEGERS:
            return self._integer()
        if kind == _BINARY:
            return self._bytes(self._size())
        if kind == _STRUCT:
            return self.struct()
        if kind in (_LIST, _SET):
            return self._items()
        if kind in (_BYTE, _DOUBLE):
            return self._bytes(1 if kind == _BYTE else 8)
        raise ThriftError(f"type {kind}")

    def _items(self) -> Items:
        head = self._byte()
        size, kind = head >> 4, head & 15
        if size == _LONG:
            size = self._size()
        if kind in (_TRUE, _FALSE):
            return Items(kind, [self._byte() for _ in range(size)])
        return Items(kind, [self._content(kind) for _ in range(size)])

    def _integer(self) -> int:
        folded = self._size()
        return folded >> 1 ^ -(folded & 1)

    def _size(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        if len(found) < size:
            raise ThriftError("the bytes end within a value")
        self._at += size
        return found


def write(fields: Struct) -> bytes:
    """Write a struct; the bytes it was read from, unless it was changed."""
    out = bytearray()
    _write_struct(out, fields)
    return bytes(out)


def _write_struct(out: bytearray, fields: Struct) -> None:
    before = 0
    for number, value in fields.items():
        kind = value.kind
        if kind in (_TRUE, _FALSE):
            kind = _TRUE if value.content else _FALSE
        if 0 < number - before < 16:
            out.append(number - before << 4 | kind)
        else:
            out.append(kind)
            _write_integer(out, number)
        if kind not in (_TRUE, _FALSE):
            _write_content(out, kind, value.content)
        before = number
    out.append(_STOP)


def _write_content(out: bytearray, kind: int, content: Any) -> None:
    if kind in _INTEGERS:
        _write_integer(out, content)
    elif kind == _BINARY:
        _write_size(out, len(content))
        out += content
    elif kind == _STRUCT:
        _write_struct(out, content)
    elif kind in (_LIST, _SET):
        _write_items(out, content)
    else:
        out += content


def _write_items(out: bytearray, items: Items) -> None:
    size = len(items.contents)
    out.append(min(size, _LONG) << 4 | items.kind)
    if size >= _LONG:
        _write_size(out, size)
    for content in items.contents:
        if items.kind in (_TRUE, _FALSE):
            out.append(content)
        else:
            _write_content(out, items.kind, content)


def _write_integer(out: bytearray, number: int) -> None:
    _write_size(out, number << 1 if number >= 0 else (-number << 1) - 1)


def _write_size(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
