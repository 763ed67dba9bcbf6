#!/bin/sh
# Name what each image contains, in CycloneDX, and look for known vulnerabilities in it.
# pip-audit asks the advisory services: without the internet its word is worth nothing.
set -eu
cd "$(dirname "$0")/../.."
state=${LOANSCORE_STATE_DIR:-var}
mkdir -p "$state/sbom"
for room in api worker; do
    "$state/venv/bin/cyclonedx-py" requirements "$room/requirements.txt" \
        --output-reproducible --output-file "$state/sbom/$room.json"
done
[ "${1:-}" = --no-audit ] && exit 0
for room in api worker; do
    "$state/venv/bin/pip-audit" --require-hashes --disable-pip --requirement "$room/requirements.txt"
done
