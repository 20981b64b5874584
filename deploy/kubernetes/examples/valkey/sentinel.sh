#!/bin/sh
. /scripts/common.sh
# The sentinel writes into its file what it learns, so it is made once.
[ -f /data/sentinel.conf ] || cat > /data/sentinel.conf <<END
dir /data
port 26379
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $me
sentinel monitor holdfast $master 6379 2
sentinel auth-pass holdfast $PASSWORD
sentinel down-after-milliseconds holdfast 5000
sentinel failover-timeout holdfast 60000
sentinel parallel-syncs holdfast 1
END
exec valkey-sentinel /data/sentinel.conf
