# shellcheck shell=bash

SYSCTL_FILE=/etc/sysctl.d/60-azaan.conf

# What this kernel does not have (in a container, say) cannot be set.
kernel_is_so() {
  local name value
  while IFS=' =' read -r name value; do
    case $name in '' | '#'*) continue ;; esac
    [ -e "/proc/sys/${name//.//}" ] || continue
    [ "$(sysctl -n "$name")" = "$value" ] || return 1
  done <"$SYSCTL_FILE"
}
set_kernel() { sysctl --quiet --load "$SYSCTL_FILE" --ignore; }

step_kernel() {
  ensure "$SYSCTL_FILE is in force" kernel_is_so set_kernel
}
