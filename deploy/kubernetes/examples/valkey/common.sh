# Who this is, and who is master: what a sentinel says, else what this one knew when it ended, else the first.
set -eu
domain="valkey.holdfast-data.svc.cluster.local"
me="$(hostname).$domain"
master=""
for number in 0 1 2; do
    [ -n "$master" ] || master="$(timeout 2 valkey-cli -h "valkey-$number.$domain" -p 26379 \
        sentinel get-master-addr-by-name holdfast 2>/dev/null | head -n 1 | grep -F ".$domain" || true)"
done
[ -n "$master" ] || [ ! -f /data/sentinel.conf ] \
    || master="$(sed -n 's/^sentinel monitor holdfast \([^ ]*\) .*/\1/p' /data/sentinel.conf)"
[ -n "$master" ] || master="valkey-0.$domain"
