# shellcheck shell=bash

# It reads nginx's log, which must be there.
ensure_fail2ban() {
  ensure 'fail2ban with its files' is_up start fail2ban /etc/fail2ban
}
