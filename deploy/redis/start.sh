#!/bin/sh
# Start Redis with the users of users.acl: start.sh FOLDER redis-server [option ...]
# FOLDER has the passwords, each in a file: operator_password, api_password, worker_password,
# postman_password. Only their SHA-256 reaches the file that Redis reads, in a private folder.
set -eu
secrets=$1
shift
umask 077
folder=$(mktemp -d)
sha256() {
    # Checked here: a failure inside $(...) would go on with the digest of nothing.
    [ -s "$secrets/$1" ] || { echo "start.sh: no password in $secrets/$1" >&2; return 1; }
    tr -d '\n' < "$secrets/$1" | sha256sum | cut -d' ' -f1
}
operator=$(sha256 operator_password)
api=$(sha256 api_password)
worker=$(sha256 worker_password)
postman=$(sha256 postman_password)
sed -e "s/OPERATOR/#$operator/" -e "s/API/#$api/" -e "s/WORKER/#$worker/" -e "s/POSTMAN/#$postman/" \
    "$(dirname "$0")/users.acl" > "$folder/users.acl"
# 7.0 alone does not know this subcommand and would not start.
case $("$1" --version) in *v=7.0.*) sed -i 's/ +client|setinfo//' "$folder/users.acl" ;; esac
exec "$@" --aclfile "$folder/users.acl"
