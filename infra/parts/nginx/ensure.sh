# shellcheck shell=bash

has_some_certificate() {
  local file
  for file in /etc/azaan/{tls,turn-tls}/{privkey,fullchain}.pem; do [ -s "$file" ] || return 1; done
}

nginx_is_so() { is_up nginx /etc/nginx; }
apply_nginx() {
  nginx -t
  reload nginx
}

ensure_nginx() {
  ensure 'a certificate that signs itself' has_some_certificate "$INFRA/parts/certificates/placeholder"
  ensure 'nginx with its files' nginx_is_so apply_nginx
}
