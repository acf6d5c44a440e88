# shellcheck shell=bash

render() { "$INFRA/render/render.mjs" --answers "$AZAAN_ANSWERS" "$@"; }
is_rendered() { render --check; }

# systemd may know a unit as it was before.
units_are_read() {
  local unit
  for unit in "$INFRA"/parts/*/files/etc/systemd/system/{*.tmpl,*.d}; do
    unit=$(basename "$unit" .tmpl)
    unit=${unit%.d}
    [ "$(systemctl show --property NeedDaemonReload --value "$unit")" = no ] || return 1
  done
}

step_configuration() {
  ensure 'files from the answers' is_rendered render
  ensure 'units of systemd' units_are_read systemctl daemon-reload
}
