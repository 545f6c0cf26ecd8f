#!/usr/bin/env bash
# The lines of the README's "Try it", in its order, with each id taken from the answer that has it. Any failure ends it.
#
# $URL is where the server is; `docker compose` of this folder reaches its container.
set -euo pipefail
enfilade() { docker compose exec -T server enfilade "$@"; }
ask() { curl --silent --show-error --fail-with-body "$@"; }
of() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }
first() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# /v2
enfilade keys create hms >/dev/null
TOKEN=$(enfilade tokens management --json | of token)
AUTHORIZATION="Authorization: Bearer $TOKEN"
ROOM=$(ask "$URL/v2/rooms" -H "$AUTHORIZATION" -H "Content-Type: application/json" \
    -d '{"name":"daily-standup","description":"9:30","recording_info":{"enabled":true}}' | first id)
AGAIN=$(ask "$URL/v2/rooms" -H "$AUTHORIZATION" -d '{"name":"Daily-Standup","size":50}' | first id)
[ "$ROOM" = "$AGAIN" ]
ask "$URL/v2/rooms?name=daily-standup" -H "$AUTHORIZATION" | grep -q "$ROOM"
ask "$URL/v2/rooms" -H "$AUTHORIZATION" -d '{"name":"daily-standup","active":false}' | grep -q '"enabled":false'
echo "/v2 made, found and disabled room $ROOM"

# /api/realtime
KEY=$(enfilade keys create vcs --json | of api_key)
MADE=$(ask -X POST "$URL/api/realtime/room" -H "x-vcs-token: $KEY" -H "Content-Type: application/json" \
    -d '{"name":"Room A","description":"My room description","conferenceType":"MESH","autoUpgradeParticipantCount":"4"}')
ID=$(first id <<<"$MADE") JOIN=$(first token <<<"$MADE")
ask "$URL/api/realtime/room?numberOfRecords=1" -H "x-vcs-token: $KEY" | grep -q "$ID"
ask "$URL/api/realtime/room/$ID" -H "x-vcs-token: $KEY" | grep -q '"name":"Room A"'
ask -X POST "$URL/api/realtime/token" -H "x-vcs-token: $KEY" -H "Content-Type: application/json" \
    -d "{\"token\":\"$JOIN\"}" | grep -q "$ID"
ask -X DELETE "$URL/api/realtime/room?id=$ID" -H "x-vcs-token: $KEY" | grep -q "$ID"
{ curl --silent "$URL/api/realtime/room/$ID" -H "x-vcs-token: $KEY"; } | grep -q CONFERENCE_ROOM_DOES_NOT_EXIST
echo "/api/realtime made, opened and deleted room $ID"

# The chats
for name in ada dora emil; do enfilade users add "$name@example.org" "$name" >/dev/null; done
TOKEN=$(enfilade tokens create dora@example.org --json | of token)
user() { enfilade users list --json | sed "s/.*\"id\": \"\([^\"]*\)\", \"email\": \"$1\".*/\1/"; }
EMIL=$(user emil@example.org) ADA=$(user ada@example.org) DORA=$(user dora@example.org)
AUTHORIZATION="Authorization: Bearer $TOKEN"
ROOM=$(ask "$URL/rooms" -H "$AUTHORIZATION" -H "Content-Type: application/json" \
    -d "{\"type\":\"group\",\"name\":\"Gardeners\",\"membersIds\":[\"$EMIL\",\"$ADA\"]}" | first id)
ask "$URL/services/chats/rooms?extraFields=members&extraFields=settings" -H "Cookie: ZM_AUTH_TOKEN=$TOKEN" | grep -q "$ROOM"
FILE=$(ask "$URL/rooms/$ROOM/attachments" -H "$AUTHORIZATION" --data-binary @README.md \
    -H "fileName: README.md" -H "mimeType: text/markdown" -H 'description: \u0052ead me' | first id)
ask "$URL/rooms/$ROOM/attachments?itemsNumber=1" -H "$AUTHORIZATION" | grep -q "$FILE"
[ "$(ask -r 0-9 "$URL/attachments/$FILE/download" -H "$AUTHORIZATION")" = "$(head -c 10 README.md)" ]
PICTURE=$(ask "$URL/rooms/$ROOM/attachments" -H "$AUTHORIZATION" --data-binary @docs/previews.png \
    -H "fileName: previews.png" -H "mimeType: image/png" | first id)
ask "$URL/preview/image/$PICTURE/200x200/thumbnail/?shape=Rounded&output_format=Png" -H "$AUTHORIZATION" -o thumbnail.png
ask "$URL/preview/image/320x240/?quality=High" -H "$AUTHORIZATION" -F file=@docs/previews.png -o preview.jpg
[ "$(head -c 4 thumbnail.png | od -An -tx1)" = " 89 50 4e 47" ]
[ "$(head -c 3 preview.jpg | od -An -tx1)" = " ff d8 ff" ]
[ "$(curl --silent -o /dev/null -w '%{http_code}' -X DELETE "$URL/rooms/$ROOM/members/$DORA" -H "$AUTHORIZATION")" = 403 ]
ask "$URL/health" | grep -q '"status":"ok"'
echo "the chats made room $ROOM, kept $FILE and made previews of $PICTURE"
