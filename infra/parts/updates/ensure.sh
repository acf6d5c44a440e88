# shellcheck shell=bash

ensure_updates() {
  ensure_timers apt-daily.timer apt-daily-upgrade.timer
}
