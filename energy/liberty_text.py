"""Text of Liberty files: groups, attributes and their values, without any meaning."""

import gzip
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import lark

GRAMMAR = r"""
start: _group
_group: group ";"?
group: NAME "(" [args] ")" "{" (_group | simple | complex)* "}"
simple: NAME ":" TEXT ";"
complex: NAME "(" [args] ")" ";"?
args: WORD (","? WORD)*
NAME: /[A-Za-z_]\w*/
WORD: /"(?:[^"\\]|\\[\s\S])*"|[^\s"(){},;\\]+/
TEXT: /"(?:[^"\\]|\\[\s\S])*"|[^\s"{};][^"{};]*/
COMMENT: /\/\*[\s\S]*?\*\//
%ignore /[\s\\]+/
%ignore COMMENT
"""


@dataclass(frozen=True)
class Group:
    """One group of a Liberty file, such as a cell, a pin or a table."""

    kind: str
    """What it is: ``cell``, ``pin``, ``timing``, and so on."""

    names: tuple[str, ...]
    """What stands in its parentheses."""

    simple: dict[str, str] = field(default_factory=dict)
    """Values of ``name : value;``, without quotes. The last one of a name holds."""

    complex: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of ``name(value, value);``, without quotes."""

    groups: dict[str, list["Group"]] = field(default_factory=lambda: defaultdict(list))
    """Groups inside, by kind, in the order of the file."""

    def each(self, kind: str) -> Iterator["Group"]:
        """Yield the groups of a kind inside this one."""
        yield from self.groups.get(kind, ())


def read_groups(path: Path) -> Group:
    """Return the library of a Liberty file; one that ends in ``.gz`` is unpacked.

    Raises
    ------
    ValueError
        If the file cannot be read, or is no Liberty file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"Liberty file '{path}' cannot be read: {error.strerror}") from None
    try:
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        library = cast(Group, _parser().parse(text))
    except lark.UnexpectedInput as error:
        early = isinstance(error, lark.UnexpectedToken) and error.token.type == "$END"
        place = "but it ends early" if early else f"not what stands in line {error.line}"
        raise ValueError(f"Liberty file '{path}' must be well formed, {place}") from None
    except (gzip.BadGzipFile, EOFError, UnicodeDecodeError) as error:
        raise ValueError(f"Liberty file '{path}' must be text or gzip, but: {error}") from None
    if library.kind != "library":
        raise ValueError(f"Liberty file '{path}' must hold a library, not a {library.kind!r}")
    return library


class _Builder(lark.Transformer):
    """Makes groups while the text is parsed, so that no tree of it is ever kept."""

    def start(self, items: list[Group]) -> Group:
        return items[0]

    def args(self, items: list[str]) -> tuple[str, ...]:
        return tuple(map(_unquoted, items))

    def simple(self, items: list[str]) -> tuple[str, str]:
        return str(items[0]), _unquoted(items[1])

    def complex(self, items: list[Any]) -> tuple[str, tuple[str, ...]]:
        return str(items[0]), items[1] or ()

    def group(self, items: list[Any]) -> Group:
        made = Group(str(items[0]), items[1] or ())
        for item in items[2:]:
            if isinstance(item, Group):
                made.groups[item.kind].append(item)
            elif isinstance(item[1], str):
                made.simple[item[0]] = item[1]
            else:
                made.complex[item[0]] = item[1]
        return made


def _unquoted(word: str) -> str:
    return re.sub(r"\\\s*\n", "", word.strip().strip('"'))


@cache
def _parser() -> lark.Lark:
    return lark.Lark(GRAMMAR, parser="lalr", transformer=_Builder())
