#!/bin/sh
# Deploy two images by digest, workers before the API: deploy.sh CLUSTER PREFIX API_IMAGE WORKER_IMAGE
# What ran before is noted in var/deployed for rollback.sh. When a service does not end on its new task
# definition, because ECS rolled it back or it never became stable, all are rolled back: exit code 1.
set -eu
cluster=$1 prefix=$2 api_image=$3 worker_image=$4
here=$(dirname "$0")
state=${LOANSCORE_STATE_DIR:-var}
for image in "$api_image" "$worker_image"; do
    case $image in
        *@sha256:????????????????????????????????????????????????????????????????) ;;
        *) echo "deploy: $image is no digest" >&2; exit 2 ;;
    esac
done
mkdir -p "$state"
: > "$state/deployed"
work=$(mktemp -d)

finish() {
    code=$?
    rm -rf "$work"
    [ $code = 0 ] && return
    echo "deploy: not taken; going back" >&2
    "$here/rollback.sh" "$cluster" || echo "deploy: going back failed too, look at the services" >&2
    exit 1
}
trap finish EXIT

running() { # SERVICE ... : lines of a service and its task definition
    aws ecs describe-services --cluster "$cluster" --services "$@" \
        --query 'services[].[serviceName, taskDefinition]' --output text | tr '\t' ' '
}

move() { # SERVICE OLD IMAGE
    aws ecs describe-task-definition --task-definition "$2" --query taskDefinition --output json \
        > "$work/old.json"
    python3 "$here/revision.py" "$3" < "$work/old.json" > "$work/new.json"
    new=$(aws ecs register-task-definition --cli-input-json "file://$work/new.json" \
        --query taskDefinition.taskDefinitionArn --output text)
    echo "$1 $2 $new" >> "$state/deployed"
    aws ecs update-service --cluster "$cluster" --service "$1" --task-definition "$new" > "$work/answer"
    echo "deploy: $1 goes from $2 to $new"
}

wave() { # IMAGE SERVICE ...
    image=$1
    shift
    running "$@" > "$work/before"
    while read -r service old; do move "$service" "$old" "$image" < /dev/null; done < "$work/before"
    aws ecs wait services-stable --cluster "$cluster" --services "$@"
    # a service that ECS rolled back is stable as well
    running "$@" > "$work/after"
    while read -r service is; do
        grep -q "^$service [^ ]* $is\$" "$state/deployed" ||
            { echo "deploy: $service runs $is" >&2; exit 1; }
    done < "$work/after"
    [ "$(wc -l < "$work/after")" = $# ] || { echo "deploy: not all of $* are there" >&2; exit 1; }
}

wave "$worker_image" "$prefix-worker" "$prefix-worker-campaigns" "$prefix-webhooks"
wave "$api_image" "$prefix-api"
