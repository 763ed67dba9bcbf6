#!/bin/sh
# Make the four passwords of Redis's users, each in a file of var/secrets, where docker-compose.yml takes
# them from; those that are there stay. Only their owner reaches the folder; containers read the files.
set -eu
folder=${LOANSCORE_STATE_DIR:-$(dirname "$0")/../var}/secrets
mkdir -p "$folder"
chmod 700 "$folder"
for user in operator api worker postman; do
    file=$folder/${user}_password
    [ -s "$file" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "$file"
    chmod 444 "$file"
done
