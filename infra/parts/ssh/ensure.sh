# shellcheck shell=bash

ssh_is_so() { is_up ssh /etc/ssh/sshd_config /etc/ssh/sshd_config.d; }

# Sessions that are open stay; the preflight saw that somebody can open a new one.
apply_ssh() {
  sshd -t
  reload ssh
}

ensure_ssh() {
  ensure 'the rules of sshd' ssh_is_so apply_ssh
}
