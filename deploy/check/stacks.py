"""The three templates as dictionaries, and the few questions that every check asks of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

NAMES = ("foundation", "data", "services")
Properties = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads YAML with CloudFormation's short forms: `!Ref x` is `{"Ref": "x"}`."""


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)


@dataclass(frozen=True)
class Stacks:
    """The templates by `NAMES`, and the folder they are in."""

    templates: dict[str, dict[str, Any]]
    folder: Path

    def of(self, kind: str) -> Iterator[tuple[str, Properties]]:
        """Give the resources of a type, `AWS::ECS::Service` say, by their logical names."""
        for template in self.templates.values():
            for name, resource in template["Resources"].items():
                if resource["Type"] == kind:
                    yield name, resource.get("Properties", {})

    def named(self, reference: object) -> Properties:
        """Give the resource of the services stack that `!Ref` or `!GetAtt` names; none is empty."""
        resource = self.templates["services"]["Resources"].get(target(reference), {})
        found: Properties = resource.get("Properties", {})
        return found


def read(folder: Path) -> Stacks:
    """Read the three templates of a folder.

    Raises:
        OSError, yaml.YAMLError: one is not there or is no YAML.
    """
    texts = {name: (folder / f"{name}.yaml").read_text() for name in NAMES}
    # SafeLoader it is, with the short forms
    return Stacks({name: yaml.load(text, _Loader) for name, text in texts.items()}, folder)  # noqa: S506


def target(reference: object) -> str:
    """Name the resource that a reference is to; of any other value, nothing.

    >>> target({"Ref": "Api"}), target({"Fn::GetAtt": ["Role", "Arn"]}), target("Api")
    ('Api', 'Role', '')
    """
    if not isinstance(reference, dict):
        return ""
    got = reference.get("Fn::GetAtt")
    return str(got[0] if got else reference.get("Ref", ""))


def values(tree: object, key: str) -> Iterator[Any]:
    """Give whatever stands under a key, at any depth.

    >>> list(values({"a": [{"b": 1}], "b": {"b": 2}}, "b"))
    [1, {'b': 2}, 2]
    """
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from values(value, key)
