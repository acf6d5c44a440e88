# shellcheck shell=bash

# Sessions that are open stay; the preflight saw that somebody can open a new one.
apply_ssh() {
  sshd -t
  reload "$@"
}

ensure_ssh() {
  ensure 'the rules of sshd' is_up apply_ssh ssh /etc/ssh/sshd_config /etc/ssh/sshd_config.d
}
