#!/bin/sh
# Start Redis with the users of users.acl: start.sh redis-server [option ...]
# The passwords come in the environment; only their SHA-256 reaches the file, in a private folder.
set -eu
# Checked here: a failure inside $(...) would go on with the digest of nothing.
: "${OPERATOR_PASSWORD:?}" "${API_PASSWORD:?}" "${WORKER_PASSWORD:?}" "${POSTMAN_PASSWORD:?}"
umask 077
folder=$(mktemp -d)
sha256() { printf %s "$1" | sha256sum | cut -d' ' -f1; }
sed -e "s/OPERATOR/#$(sha256 "$OPERATOR_PASSWORD")/" -e "s/API/#$(sha256 "$API_PASSWORD")/" \
    -e "s/WORKER/#$(sha256 "$WORKER_PASSWORD")/" -e "s/POSTMAN/#$(sha256 "$POSTMAN_PASSWORD")/" \
    "$(dirname "$0")/users.acl" > "$folder/users.acl"
# 7.0 alone does not know this subcommand and would not start.
case $("$1" --version) in *v=7.0.*) sed -i 's/ +client|setinfo//' "$folder/users.acl" ;; esac
unset OPERATOR_PASSWORD API_PASSWORD WORKER_PASSWORD POSTMAN_PASSWORD
exec "$@" --aclfile "$folder/users.acl"
