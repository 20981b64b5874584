#!/bin/sh
# Alertmanager reads no environment: this writes its configuration from there and becomes it.
# Without ALERTS_TO it shows what is wrong and mails nobody.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
made=${TMPDIR:-/tmp}

quoted() {
    printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"
}

receiver=${ALERTS_TO:+mail}
receiver=${receiver:-nobody}

case "${SMTP_TLS:-starttls}" in
    starttls) starttls=true ;;
    none) starttls=false ;;
    tls)
        starttls=false
        if [ "$receiver" = mail ] && [ "$SMTP_PORT" != 465 ]; then
            echo "Alertmanager speaks TLS from the first byte at port 465 alone: SMTP_TLS=tls needs SMTP_PORT=465." >&2
            exit 1
        fi
        ;;
    *)
        echo "SMTP_TLS is none, starttls or tls." >&2
        exit 1
        ;;
esac

printf '%s' "${SMTP_PASSWORD:-}" > "$made/password"
cat > "$made/alertmanager.yml" <<EOF
templates: [$(quoted "$here/mail.tmpl")]
global:
  smtp_smarthost: $(quoted "$SMTP_HOST:$SMTP_PORT")
  smtp_from: $(quoted "$MAIL_FROM")
  smtp_require_tls: $starttls
  smtp_auth_username: $(quoted "${SMTP_USERNAME:-}")
  smtp_auth_password_file: $(quoted "$made/password")
route:
  receiver: $receiver
  group_by: [alertname]
  group_wait: 10s
  group_interval: 5m
  repeat_interval: 4h
receivers:
  - name: nobody
EOF
if [ "$receiver" = mail ]; then
    cat >> "$made/alertmanager.yml" <<EOF
  - name: mail
    email_configs:
      - to: $(quoted "$ALERTS_TO")
        send_resolved: true
        html: ""
        text: '{{ template "holdfast.text" . }}'
EOF
fi

exec alertmanager --config.file="$made/alertmanager.yml" "$@"
