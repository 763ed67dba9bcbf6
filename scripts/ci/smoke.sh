#!/bin/sh
# See whether a deployed service works: smoke.sh URL
# With LOANSCORE_API_KEY, whose scopes are scores:write and scores:read, one application is scored.
set -eu
url=$1
ask() { curl --fail --silent --show-error --max-time 40 "$@"; }
patient() { ask --retry "${RETRIES:-12}" --retry-delay 5 --retry-all-errors "$@"; }
patient "$url/livez" > /dev/null
patient "$url/readyz"
echo
[ -n "${LOANSCORE_API_KEY:-}" ] || { echo "smoke: LOANSCORE_API_KEY is not set, so nothing was scored"; exit 0; }
# the header comes from a pipe: what is on a command line can be read by others
answer=$(printf 'Authorization: Bearer %s' "$LOANSCORE_API_KEY" | ask --header @- \
    --header 'Content-Type: application/json' --header 'Prefer: wait=30' --data '{"application":
    {"credit_lines_outstanding": 3, "loan_amt_outstanding": 4200, "total_debt_outstanding": 13600,
     "income": 61500, "years_employed": 4, "fico_score": 648}, "reference": "smoke"}' "$url/v1/scores")
echo "$answer" | python3 -c 'import json, sys
score = json.load(sys.stdin)
print("smoke:", score["id"], score["status"], (score["model"] or {}).get("digest"))
sys.exit(score["status"] != "succeeded")'
