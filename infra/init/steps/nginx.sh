# shellcheck shell=bash

CERTIFICATE=/etc/azaan/tls/fullchain.pem

has_some_certificate() { [ -s "$CERTIFICATE" ] && [ -s "/etc/azaan/turn-tls/fullchain.pem" ]; }

nginx_is_so() { is_up nginx /etc/nginx; }
apply_nginx() {
  nginx -t
  reload nginx
}

step_nginx() {
  ensure 'a certificate that signs itself' has_some_certificate "$INFRA/certificates/placeholder"
  ensure 'nginx with its files' nginx_is_so apply_nginx
}
