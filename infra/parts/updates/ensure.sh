# shellcheck shell=bash

step_timers() {
  local timer
  for timer in certbot.timer apt-daily.timer apt-daily-upgrade.timer logrotate.timer; do
    ensure "$timer" runs run "$timer"
  done
  for timer in "$INFRA"/parts/*/files/etc/systemd/system/*.timer.tmpl; do
    timer=$(basename "$timer" .tmpl)
    ensure "$timer" runs run "$timer"
  done
}
