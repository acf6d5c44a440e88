# shellcheck shell=bash

# Of the authority that the answers name, in use, and not out of date; renewing in time is the timer's.
certificate_is_so() {
  local domain authority
  domain=$(answer DOMAIN)
  authority=$(sed -n 's/^server = //p' /etc/letsencrypt/cli.ini)
  grep -qxF "server = $authority" "/etc/letsencrypt/renewal/$domain.conf" &&
    cmp --silent "/etc/letsencrypt/live/$domain/fullchain.pem" "$CERTIFICATE" &&
    openssl x509 -noout -checkend 0 -in "$CERTIFICATE"
}

step_certificates() {
  ensure "a certificate for $(answer DOMAIN) and $(answer TURN_DOMAIN)" certificate_is_so "$INFRA/certificates/obtain"
}
