# shellcheck shell=bash

step_journal() {
  ensure 'the journal, with its bounds' is_up start systemd-journald /etc/systemd/journald.conf.d
}
