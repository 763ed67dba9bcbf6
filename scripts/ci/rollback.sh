#!/bin/sh
# Give each service that deploy.sh moved what it ran before: rollback.sh CLUSTER
set -eu
cluster=$1
state=${LOANSCORE_STATE_DIR:-var}
[ -s "$state/deployed" ] || { echo "rollback: nothing was deployed"; exit 0; }
while read -r service old _; do
    aws ecs update-service --cluster "$cluster" --service "$service" --task-definition "$old" > /dev/null
    echo "rollback: $service goes back to $old"
done < "$state/deployed"
# shellcheck disable=SC2046 # names of services have no blanks
aws ecs wait services-stable --cluster "$cluster" --services $(cut -d' ' -f1 "$state/deployed")
: > "$state/deployed"
