# shellcheck shell=bash

# shellcheck source=release.sh
source "$INFRA/parts/relay/release.sh"

APP=azaan-server
BOOT_UNIT=pm2-fillmasjid.service

# The descriptors are those of the lock and of the terminal, which PM2's daemon must not hold.
pm2() { "$INFRA/parts/relay/pm2/pm2" "$@" 8>&- 9>&-; }

# Without keys and secrets, which the relay reads again while it runs.
settings() { grep -vE '^(JWT_KEYS|JWT_PUBLIC_KEYS|TURN_SECRETS)=' /etc/azaan/relay.env; }

# Asked before PM2 is, which starts a daemon when it is asked and there is none.
daemon_runs() { pgrep --uid "$RELAY_USER" --full '^PM2 v'; }
# The one of the unit, and of the version that is installed.
boot_is_so() { is_up "$BOOT_UNIT" "/etc/systemd/system/$BOOT_UNIT" && pgrep --uid "$RELAY_USER" --full "^PM2 v$PM2_VERSION:"; }

# Of this release, with its present settings.
runs_now() {
  local folder
  daemon_runs || return 1
  folder=$(pm2 jlist --silent | grep -E '^\[' | tail -n 1 |
    jq -r --arg APP "$APP" '.[] | select(.name == $APP and .pm2_env.status == "online") | .pm2_env.pm_cwd')
  [ -n "$folder" ] && [ "$folder" = "$(readlink -f "$CURRENT")" ] && cmp --silent "$STARTED/relay-settings" <(settings)
}

# PM2 keeps the folder of an app that it knows: it must forget it to take the new one.
run_now() {
  pm2 delete "$APP" || true
  mkdir -p "$STARTED"
  settings >"$STARTED/.relay-settings"
  remember relay-secrets pm2 start "$CURRENT/infra/parts/relay/pm2/ecosystem.config.cjs"
  pm2 save --force
  mv "$STARTED/.relay-settings" "$STARTED/relay-settings"
  RESTARTS+=(relay)
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
make_boot() {
  runs "$BOOT_UNIT" || pm2 kill
  start "$BOOT_UNIT"
}

ensure_relay() {
  ensure_release
  ensure 'the relay runs' runs_now run_now
  ensure 'PM2 at every start' boot_is_so make_boot
  ensure 'the relay is ready' is_ready wait_until_ready
}
