# shellcheck shell=bash

CERTIFICATE=/etc/azaan/tls/fullchain.pem

shown_for() { # shown_for NAME: to who calls this machine by that name
  timeout 10 openssl s_client -connect "127.0.0.1:$(answer HTTPS_PORT)" -servername "$1" </dev/null | openssl x509
}

# What nginx and coturn show, and not what lies in their folders: an interruption may come before they are told.
is_shown() {
  local handed_out
  handed_out=$(openssl x509 -in "$CERTIFICATE")
  [ "$(shown_for "$(answer DOMAIN)")" = "$handed_out" ] || return 1
  # Where part turn is still to start coturn, it takes what lies ready.
  ! is_up coturn /etc/turnserver.conf || [ "$(shown_for "$(answer TURN_DOMAIN)")" = "$handed_out" ]
}

# Of the authority that the answers name, shown to callers, and not out of date; renewing in time is the timer's.
certificate_is_so() {
  local domain authority
  domain=$(answer DOMAIN)
  authority=$(as_planned /etc/letsencrypt/cli.ini | sed -n 's/^server = //p')
  grep -qxF "server = $authority" "/etc/letsencrypt/renewal/$domain.conf" &&
    cmp --silent "/etc/letsencrypt/live/$domain/fullchain.pem" "$CERTIFICATE" &&
    cmp --silent "$CERTIFICATE" /etc/azaan/turn-tls/fullchain.pem &&
    openssl x509 -noout -checkend 0 -in "$CERTIFICATE" &&
    is_shown
}

# Both take it while they serve, a moment after they were told.
get_certificate() {
  "$INFRA/parts/certificates/obtain"
  for _ in {1..20}; do
    if is_shown; then return; fi
    sleep 0.5
  done
}

ensure_certificates() {
  ensure "a certificate for $(answer DOMAIN) and $(answer TURN_DOMAIN)" certificate_is_so get_certificate
  ensure_timers certbot.timer
}
