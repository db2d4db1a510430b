#!/bin/sh
# Makes what docker-compose.yml needs, for this machine alone: secrets/ with a password or a key for
# each part, .env, and the folders feeds/ and exports/. What is there already stays as it is.
set -eu
umask 077
cd "$(dirname "$0")/../.."
if [ -e secrets ]; then
    echo "secrets/ is there already; to make new ones, take it away first" >&2
    exit 1
fi

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

new=$(mktemp -d ./secrets.XXXXXX)
trap 'rm -rf "$new"' EXIT
mkdir "$new/roles"

admin=$(random 24)
printf '%s' "$admin" > "$new/database_password"
printf 'postgresql://colourway:%s@database:5432/colourway' "$admin" > "$new/database_admin"
for role in migrate producer worker hook web reader; do
    password=$(random 24)
    printf '%s' "$password" > "$new/roles/$role"
    printf 'postgresql://colourway_%s:%s@database:5432/colourway' "$role" "$password" \
        > "$new/database_$role"
done

cp deploy/redis/users.acl "$new/broker_users"
for user in producer worker hook web; do
    password=$(random 24)
    printf 'redis://%s:%s@broker:6379/0' "$user" "$password" > "$new/broker_$user"
    place=$(printf '%s' "$user" | tr a-z A-Z)-PASSWORD
    sed "s/>$place/>$password/" "$new/broker_users" > "$new/users" && mv "$new/users" "$new/broker_users"
done

# SeaweedFS knows actions by bucket; the policies of deploy/s3 say it more closely where a store reads them.
identities=
for user in admin worker producer hook web reader; do
    case $user in
        admin) actions='"Admin"' ;;
        worker) actions='"Write:pictures", "Read:pictures", "Read:photos", "List:photos"' ;;
        producer) actions='"Read:pictures", "Read:feeds"' ;;
        hook) actions='"Read:photos", "List:photos"' ;;
        web | reader) actions='"Read:pictures"' ;;
    esac
    key=$(random 10) secret=$(random 24)
    printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$key" "$secret" \
        > "$new/storage_$user"
    identities="$identities${identities:+, }{\"name\": \"$user\", \"credentials\": [{\"accessKey\": \"$key\", \"secretKey\": \"$secret\"}], \"actions\": [$actions]}"
done
printf '{"identities": [%s]}\n' "$identities" > "$new/storage_users"
random 24 > "$new/events_token"

# Parts read their files as users of their own; nobody else gets through the folder.
chmod 644 "$new"/*[!s] "$new"/*_users "$new"/roles/* && chmod 755 "$new/roles"
[ -e .env ] || printf 'COLOURWAY_USER=%s:%s\n' "$(id -u)" "$(id -g)" > .env
umask 022
mkdir -p feeds exports
[ -e feeds/feed.csv ] || cp deploy/compose/feed.csv feeds/feed.csv
mv "$new" secrets
trap - EXIT
echo "made secrets/, .env, feeds/feed.csv (an example) and exports/; next: docker compose up --detach --build"
