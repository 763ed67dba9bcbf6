#!/bin/sh
# Push both images of this commit and print their digests: push.sh PREFIX
# PREFIX stands before "api" and "worker": 123.dkr.ecr.eu-west-3.amazonaws.com/mlops_projet/, me/loanscore-.
# Three tags each: the time, latest, the commit. A commit that was pushed before keeps its image, whose
# tag a registry may refuse to move. Prints api=REPOSITORY@sha256:... and worker=...
set -eu
prefix=$1
commit=${COMMIT:-$(git rev-parse HEAD)}
time=${TAG:-$(date -u +%Y-%m-%d--%H-%M-%S)}
for room in api worker; do
    repository=$prefix$room
    if docker pull --quiet "$repository:$commit" >/dev/null 2>&1; then
        echo "$repository:$commit is there already" >&2
    else
        docker tag "loanscore-$room:$commit" "$repository:$commit"
        docker push --quiet "$repository:$commit" >&2
    fi
    for tag in "$time" latest; do
        docker tag "$repository:$commit" "$repository:$tag"
        docker push --quiet "$repository:$tag" >&2
    done
    # an image may have digests of several registries: that of this repository, in full
    digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$repository:$commit" |
        sed -n "s|^\(\(docker.io/\)\{0,1\}$repository\)@\(sha256:[0-9a-f]\{64\}\)\$|\3|p")
    [ -n "$digest" ] || { echo "$repository: the registry named no digest" >&2; exit 1; }
    echo "$room=$repository@$digest"
done
