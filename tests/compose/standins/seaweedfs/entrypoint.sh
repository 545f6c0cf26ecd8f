#!/bin/sh
# Gives the volume to an ordinary user and runs weed as that one, `server` with the image's defaults before what is given.
set -eu
chown -R seaweed:seaweed /data
command=$1
shift
[ "$command" != server ] || set -- -dir=/data -volume.max=0 -master.volumePreallocate -master.volumeSizeLimitMB=1024 "$@"
exec setpriv --reuid seaweed --regid seaweed --init-groups weed -logtostderr=true "$command" "$@"
