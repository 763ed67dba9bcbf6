#!/bin/sh
# Build both images as loanscore-api and loanscore-worker, tagged with the commit.
# BASE names another base image, best by digest; MODEL=baked puts var/model into the worker's.
set -eu
cd "$(dirname "$0")/../.."
commit=${COMMIT:-$(git rev-parse HEAD)}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
for room in api worker; do
    docker build --file "Dockerfile.$room" --tag "loanscore-$room:$commit" \
        --build-arg BASE="${BASE:-python:3.11-slim}" --build-arg MODEL="${MODEL:-none}" \
        --build-arg VERSION="$version" --build-arg COMMIT="$commit" .
done
