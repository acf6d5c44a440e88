# shellcheck shell=bash

firewall() { "$INFRA/parts/firewall/apply" "${SSH_OPTIONS[@]}" "$@"; }
firewall_is_so() { firewall --check; }

ensure_firewall() {
  ensure 'the rules of ufw' firewall_is_so firewall
  ensure 'ufw at every start' runs run ufw
}
