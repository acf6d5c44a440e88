# shellcheck shell=bash

has_some_certificate() {
  local file
  for file in /etc/azaan/{tls,turn-tls}/{privkey,fullchain}.pem; do [ -s "$file" ] || return 1; done
}

apply_nginx() {
  nginx -t
  reload "$@"
}

ensure_nginx() {
  ensure 'a certificate that signs itself' has_some_certificate "$INFRA/parts/certificates/placeholder"
  ensure 'nginx with its files' is_up apply_nginx nginx /etc/nginx
}
