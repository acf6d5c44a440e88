# shellcheck shell=bash
# Read by infra/init.sh, and by the scripts that change secrets.

lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=answers.sh
source "$lib/answers.sh"

RELAY_PM2=$lib/../parts/relay/pm2/pm2
RELAY_TIMEOUT_SECONDS=${RELAY_TIMEOUT_SECONDS:-10}

relay_setting() { # relay_setting NAME: as the relay's file has it, else its default
  value_in "$(answer ROOT)/etc/azaan/relay.env" "$1" 2>/dev/null ||
    value_in "$lib/../../.env.example" "$1"
}

replacements() { # how often the relay's log says that secrets were replaced
  grep -c '"event":"keys.replaced"' "$(answer ROOT)/var/log/azaan/relay.log" 2>/dev/null || true
}

# Has the relay read its keys and secrets again, and waits until it says that it did. RELOAD_RELAY is the command.
reload_relay() {
  local before deadline
  before=$(replacements)
  bash -c "${RELOAD_RELAY:-$RELAY_PM2 sendSignal SIGHUP azaan-server}" >/dev/null || return 1
  deadline=$((SECONDS + RELAY_TIMEOUT_SECONDS))
  # Not "more than": the log may be turned over meanwhile.
  until [ "$(replacements)" != "$before" ]; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

# hand_out WHAT COMMAND: from the answers to the relay. COMMAND does it again, when the relay runs.
hand_out() {
  "${NODE:-node}" "$lib/../render/render.mjs" --answers "$answers"
  reload_relay || fail "$1, but the relay did not say that it took them. See its log; when it runs again: $2"
}
