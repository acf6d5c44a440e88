# shellcheck shell=bash

SYSCTL_FILE=/etc/sysctl.d/60-azaan.conf

# As lines of name=value. What cannot be set here, in a container say, is the business of whoever runs the container.
wrong_settings() {
  local name value
  while IFS=' =' read -r name value; do
    case $name in '' | '#'*) continue ;; esac
    [ -w "/proc/sys/${name//.//}" ] || continue
    [ "$(sysctl -n "$name")" = "$value" ] || echo "$name=$value"
  done < <(as_planned "$SYSCTL_FILE")
}
kernel_is_so() { as_planned "$SYSCTL_FILE" >/dev/null && [ -z "$(wrong_settings)" ]; }
set_kernel() { wrong_settings | xargs --no-run-if-empty sysctl --write; }

ensure_kernel() {
  ensure "$SYSCTL_FILE is in force" kernel_is_so set_kernel
}
