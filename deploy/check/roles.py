"""Roles: no action by wildcard, no resource by wildcard that can be named, one way to deploy."""

from collections.abc import Iterator

from deploy.check.stacks import Properties, Stacks

#: Actions for which AWS takes no narrower resource than `*`.
NAMELESS = {"ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"}
TOKEN = "token.actions.githubusercontent.com"  # noqa: S105 - who issues tokens, none itself


def faults(stacks: Stacks) -> Iterator[str]:
    """Name what a role may do and need not."""
    for name, role in stacks.of("AWS::IAM::Role"):
        for statement in _statements(role):
            yield from _of_statement(name, statement)
        if role.get("ManagedPolicyArns"):
            yield f"{name}: managed policies allow more than is needed; write what is"
        for trust in role["AssumeRolePolicyDocument"]["Statement"]:
            yield from _of_trust(name, trust)


def _statements(role: Properties) -> Iterator[Properties]:
    for policy in role.get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]


def _of_statement(name: str, statement: Properties) -> Iterator[str]:
    given = statement["Action"]
    actions = {given} if isinstance(given, str) else set(given)
    for action in sorted(actions):
        if "*" in action:
            yield f"{name}: {action} is a wildcard; name the actions"
    if statement["Resource"] == "*" and actions - NAMELESS:
        yield f"{name}: {', '.join(sorted(actions - NAMELESS))} on every resource; name it"
    if "iam:PassRole" in actions and "iam:PassedToService" not in str(statement.get("Condition")):
        yield f"{name}: iam:PassRole needs the condition iam:PassedToService"


def _of_trust(name: str, trust: Properties) -> Iterator[str]:
    if trust["Action"] != "sts:AssumeRoleWithWebIdentity":
        if trust["Principal"] != {"Service": "ecs-tasks.amazonaws.com"}:
            yield f"{name}: only ECS tasks may assume it"
        return
    equals = trust.get("Condition", {}).get("StringEquals", {})
    subject = equals.get(f"{TOKEN}:sub", {})
    subject = subject.get("Fn::Sub", "") if isinstance(subject, dict) else subject
    if equals.get(f"{TOKEN}:aud") != "sts.amazonaws.com":
        yield f"{name}: its trust must ask for aud sts.amazonaws.com"
    if subject != "repo:${Repository}:environment:prod":
        yield f"{name}: its trust must ask for one repository and the environment prod"
