# shellcheck shell=bash

# Whatever daemon the provider has put there stays, with the provider's own clock; where there is none, systemd's.
clock_daemon_is_there() {
  local daemons
  daemons=$(dpkg-query -W -f '${db:Status-Status} ${Provides}\n') && grep -q '^installed .*time-daemon' <<<"$daemons"
}
install_clock_daemon() { apt install --no-install-recommends systemd-timesyncd; }

# A container has the clock of its host, and no daemon there may set it.
clock_is_kept() { systemd-detect-virt --container --quiet || [ "$(timedatectl show --property NTP --value)" = yes ]; }
keep_clock() { timedatectl set-ntp true; }

# Tokens forgive no more than a minute.
ensure_time() {
  ensure 'a daemon that keeps the clock' clock_daemon_is_there install_clock_daemon
  ensure 'the clock is kept' clock_is_kept keep_clock
}
