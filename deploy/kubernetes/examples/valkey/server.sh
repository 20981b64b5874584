#!/bin/sh
. /scripts/common.sh
# A master that no replica follows refuses writes: it may be one that was cut off, while another was promoted. It is ready all
# the same, so the first pod waits for nobody. Jobs are rows of PostgreSQL, and are offered again.
cat > /data/server.conf <<END
dir /data
port 6379
appendonly yes
save ""
maxmemory 256mb
maxmemory-policy noeviction
min-replicas-to-write 1
min-replicas-max-lag 10
requirepass $PASSWORD
masterauth $PASSWORD
replica-announce-ip $me
END
[ "$master" = "$me" ] || echo "replicaof $master 6379" >> /data/server.conf
exec valkey-server /data/server.conf
