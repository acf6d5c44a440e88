# shellcheck shell=bash

# Sessions that are open stay; the preflight saw that somebody can open a new one.
apply_ssh() {
  # The unit's, which may not have run yet: Ubuntu 24.04 starts it with the first connection.
  install -d -m 0755 /run/sshd
  sshd -t
  reload "$@"
}

ensure_ssh() {
  ensure 'the rules of sshd' is_up apply_ssh ssh /etc/ssh/sshd_config /etc/ssh/sshd_config.d
}
