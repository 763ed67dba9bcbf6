#!/bin/sh
# Log in to ECR and push: ecr.sh PREFIX, see push.sh. In a workflow the digests become outputs.
set -eu
prefix=$1
aws ecr get-login-password | docker login --username AWS --password-stdin "${prefix%%/*}" >&2
pushed=$("$(dirname "$0")/push.sh" "$prefix")
echo "$pushed"
echo "$pushed" | sed 's/^\([a-z]*\)=\(.*\)@\(.*\)$/\1=\2@\3\n\1_name=\2\n\1_digest=\3/' >> "${GITHUB_OUTPUT:-/dev/null}"
