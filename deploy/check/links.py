"""What one stack takes of another: each import is an export of the stack that is named."""

from collections.abc import Iterator

from deploy.check.stacks import Stacks, values

#: Which stack a parameter names.
STACKS = {"Foundation": "foundation", "Data": "data"}


def faults(stacks: Stacks) -> Iterator[str]:
    """Name imports of what no stack exports, and exports that nothing imports."""
    exported = {
        (name, output["Export"]["Name"]["Fn::Sub"].removeprefix("${AWS::StackName}-"))
        for name, template in stacks.templates.items()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }
    imported = set()
    for name, template in stacks.templates.items():
        for taken in values(template, "Fn::ImportValue"):
            stack, _, what = taken["Fn::Sub"].removeprefix("${").partition("}-")
            imported.add((STACKS.get(stack, stack), what))
            if (STACKS.get(stack, stack), what) not in exported:
                yield f"{name}.yaml: imports {what} of {stack}, which does not export it"
    for stack, what in sorted(exported - imported - SHOWN):
        yield f"{stack}.yaml: exports {what}, and nothing imports it"


#: Exports for people and scripts: README.md reads them.
SHOWN = {("foundation", "ApiRepository"), ("foundation", "WorkerRepository")}
