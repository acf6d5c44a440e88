# shellcheck shell=bash

ensure_logs() {
  ensure 'the journal, with its bounds' is_up start systemd-journald /etc/systemd/journald.conf.d
  ensure_timers logrotate.timer azaan-logs.timer azaan-logs-archive.timer
}
