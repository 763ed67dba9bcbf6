#!/bin/sh
# Push to Docker Hub as DOCKER_USER with DOCKER_PASSWORD; without them, nothing.
set -eu
if [ -z "${DOCKER_USER:-}" ] || [ -z "${DOCKER_PASSWORD:-}" ]; then
    echo "DOCKER_USER and DOCKER_PASSWORD are not set: not pushed to Docker Hub"
    exit 0
fi
printf %s "$DOCKER_PASSWORD" | docker login --username "$DOCKER_USER" --password-stdin >&2
exec "$(dirname "$0")/push.sh" "$DOCKER_USER/loanscore-"
