"""Turn a task definition into the next one with another image: revision.py IMAGE < old > new.

In goes what `aws ecs describe-task-definition --query taskDefinition` prints, out comes what
`aws ecs register-task-definition --cli-input-json` takes. Only what Python brings is imported.
"""

import json
import sys

#: What ECS adds to a task definition and does not take back.
ADDED = {
    "compatibilities",
    "deregisteredAt",
    "registeredAt",
    "registeredBy",
    "requiresAttributes",
    "revision",
    "status",
    "taskDefinitionArn",
}


def main() -> None:
    """Read, change the one container's image, write."""
    old = json.load(sys.stdin)
    (container,) = old["containerDefinitions"]
    container["image"] = sys.argv[1]
    new = {name: value for name, value in old.items() if name not in ADDED and value is not None}
    json.dump(new, sys.stdout)


if __name__ == "__main__":
    main()
