#!/bin/sh
# Make the venv and install the locked dependencies; called by the Makefile, needs only Python 3.11.
set -eu
venv="$STATE/venv"

fail() {
    echo "loanscore: $1" >&2
    exit 1
}

python=
for candidate in "${PYTHON:-}" python3.11 python3 python; do
    command -v "${candidate:-none-given}" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 not found; install it (Debian: apt-get install python3.11) or name it with PYTHON=/path/to/python3.11"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "this Python has no venv module; install it (Debian: apt-get install python3.11-venv) and run again"

mkdir -p "$STATE"
echo "loanscore: installing the locked dependencies into $venv (once, about a minute)" >&2
"$python" -m venv --clear "$venv" || fail "cannot make a venv in $venv; is the disk full or the folder read-only?"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    --only-binary :all: --cache-dir "$STATE/cache/pip" --requirement requirements.txt ||
    fail "the dependencies could not be installed; pip's own words are above: check the network, then run again"
touch "$venv/.installed"
