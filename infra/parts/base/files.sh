# shellcheck shell=bash

UNITS=/etc/systemd/system

render() { "$INFRA/render/render.mjs" --answers "$AZAAN_ANSWERS" "$@"; }
is_rendered() { render --check "$@"; }

# systemd may know a unit as it was before.
units_are_read() { ! grep -qx yes <<<"$(systemctl show --property NeedDaemonReload --value '*')"; }

units_stay_read() { ! will_change "$UNITS" && units_are_read; }

# Units that this release does not have any more.
units_to_go() { { render --check "$@" || true; } | sed -n "s|^would remove $UNITS/\([^/]*\)$|\1|p"; }

put_files() { # put_files OPTION
  local unit
  for unit in $(units_to_go "$@"); do
    systemctl disable --now "$unit"
    # What is stopped in its midst counts as failed.
    systemctl reset-failed "$unit" || true
  done
  render "$@"
}

# Units that call scripts of the release, and what these read, change together with it, in part relay.
ensure_files() {
  ensure 'files from the answers' is_rendered put_files --no-callers
  ensure 'units of systemd' units_stay_read systemctl daemon-reload
}
