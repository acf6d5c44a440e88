# shellcheck shell=bash

# shellcheck source=release.sh
source "$INFRA/parts/relay/release.sh"
# shellcheck source=settings.sh
source "$INFRA/parts/relay/settings.sh"

APP=azaan-server
BOOT_UNIT=pm2-fillmasjid.service

# The descriptors are those of the lock and of the terminal, which PM2's daemon must not hold.
pm2() { "$INFRA/parts/relay/pm2/pm2" "$@" 8>&- 9>&-; }

# Without keys and secrets, which the relay reads again while it runs.
settings() { as_planned "$RELAY_ENV" | grep -vE '^(JWT_KEYS|JWT_PUBLIC_KEYS|TURN_SECRETS)='; }

# Asked before PM2 is, which starts a daemon when it is asked and there is none.
daemon_runs() { pgrep --uid "$RELAY_USER" --full '^PM2 v'; }
# The one of the unit, and of the version that is installed.
boot_is_so() { is_up "$BOOT_UNIT" "/etc/systemd/system/$BOOT_UNIT" && pgrep --uid "$RELAY_USER" --full "^PM2 v$PM2_VERSION:"; }

# The folder of the release that runs; fails when none does.
running_release() {
  daemon_runs >/dev/null && pm2 jlist --silent | grep -E '^\[' | tail -n 1 |
    jq -er --arg APP "$APP" '.[] | select(.name == $APP and .pm2_env.status == "online") | .pm2_env.pm_cwd'
}
# Of this release, with its present settings.
runs_now() {
  [ "$(running_release)" = "$RELEASES/$(current_release)" ] && cmp --silent "$STARTED/relay-settings" <(settings)
}

# PM2 keeps the folder of an app that it knows: it must forget it to take the new one.
run_now() {
  pm2 delete "$APP" || true
  mkdir -p "$STARTED"
  settings >"$STARTED/.relay-settings"
  remember relay-secrets pm2 start "$CURRENT/ecosystem.config.js"
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

# `pm2 kill` returns after 3 s, whether its daemon has ended or not, and one that ends late takes the file along by which
# systemd knows the next one.
end_daemon() {
  local attempt
  pm2 kill
  for attempt in {1..100}; do
    daemon_runs >/dev/null || return 0
    sleep 0.1
  done
  echo "PM2's daemon did not end in $((attempt / 10)) s"
  return 1
}

# The unit takes over what PM2 has saved, in a group of processes of its own.
make_boot() {
  runs "$BOOT_UNIT" || end_daemon
  start "$BOOT_UNIT"
}

# As the relay counts them that runs, at the port that it has.
on_the_air() {
  curl --fail --silent --max-time 5 "http://127.0.0.1:$(value_in "$RELAY_ENV" PORT)/metrics" |
    awk '$1 == "azaan_listeners_active" { listeners = $2 } $1 == "azaan_broadcasts_active" { broadcasts = $2 }
      END { if (broadcasts == "") exit 1; print listeners " listeners, " broadcasts " broadcasts are on the air" }'
}

# With --check: what it means for those who listen.
foretell_restart() { # foretell_restart WHAT
  RESTARTS+=("$1")
  if running_release >/dev/null; then
    say_first "The relay restarts: $(on_the_air || echo 'who is on the air could not be asked')"
  fi
}

ensure_relay() {
  local planned
  ensure_release
  planned=$CHANGES
  ensure 'the relay runs' runs_now run_now
  if is_planned "$planned"; then foretell_restart relay; fi
  planned=$CHANGES
  ensure 'PM2 at every start' boot_is_so make_boot
  if is_planned "$planned"; then foretell_restart "$BOOT_UNIT"; fi
  ensure 'the relay is ready' is_ready wait_until_ready
}
