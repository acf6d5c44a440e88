# shellcheck shell=bash

APP=azaan-server
BOOT_UNIT=pm2-fillmasjid.service

# PM2 hands its surroundings on to what it starts, and saves them: there must be nothing of the operator's in them. The
# descriptors are those of the lock and of the terminal, which its daemon must not hold.
pm2() {
  as_relay_user --ignore-environment "PATH=$PATH" "HOME=/home/$RELAY_USER" "PM2_HOME=/home/$RELAY_USER/.pm2" \
    pm2 "$@" 8>&- 9>&-
}

# Of this release, with its present settings.
runs_now() {
  local folder
  folder=$(pm2 jlist --silent | grep -E '^\[' | tail -n 1 |
    jq -r --arg APP "$APP" '.[] | select(.name == $APP and .pm2_env.status == "online") | .pm2_env.pm_cwd')
  [ -n "$folder" ] && [ "$folder" = "$(readlink -f "$CURRENT")" ] && is_unchanged relay /etc/azaan/relay.env
}

# PM2 keeps the folder of an app that it knows: it must forget it to take the new one.
run_now() {
  pm2 delete "$APP" || true
  remember relay pm2 start "$CURRENT/infra/pm2/ecosystem.config.cjs"
  pm2 save --force
}

is_ready() { curl --fail --silent --max-time 5 "http://127.0.0.1:$(answer APP_PORT)/readyz"; }
wait_until_ready() {
  local attempt
  for attempt in {1..60}; do
    if is_ready; then return; fi
    sleep 1
  done
  echo "not ready after $attempt s:"
  curl --silent --max-time 5 "http://127.0.0.1:$(answer APP_PORT)/readyz" || true
  tail -n 20 /var/log/azaan/relay.log
  return 1
}

# The unit takes over what PM2 has saved, in a group of processes of its own.
make_boot() { # make_boot UNIT
  pm2 kill
  run "$1"
}

step_relay() {
  ensure 'the relay runs' runs_now run_now
  ensure 'PM2 at every start' runs make_boot "$BOOT_UNIT"
  ensure 'the relay is ready' is_ready wait_until_ready
}
