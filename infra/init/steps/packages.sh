# shellcheck shell=bash

NO_START=/usr/sbin/policy-rc.d

# With our files where a package brings its own; waiting for the updates that a new machine makes by itself.
apt() {
  apt-get -q -y -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600 "$@"
}

lists_are_fresh() {
  [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -1440 -print -quit)" ]
}

nothing_is_half_done() { [ -z "$(dpkg --audit)" ]; }
finish_half_done() { dpkg --configure -a; }

is_up_to_date() { ! apt-get -s upgrade | grep -q '^Inst '; }

mapfile -t PACKAGES < <(grep -v '^#' "$INFRA/init/packages")

packages_are_there() {
  local package
  for package in "${PACKAGES[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package")" = installed ] || return 1
  done
}

# What is installed starts when it is configured, not before: an open coturn of the package's making would be worse than none.
install_packages() {
  printf '#!/bin/sh\n# of infra/init.sh, while it installs packages\nexit 101\n' >"$NO_START"
  chmod 0755 "$NO_START"
  apt install --no-install-recommends "${PACKAGES[@]}"
}

services_may_start() { ! grep -qs 'of infra/init.sh' "$NO_START"; }

step_packages() {
  ensure 'packages that an interruption left half installed' nothing_is_half_done finish_half_done
  ensure 'lists of packages' lists_are_fresh apt update
  ensure 'updates' is_up_to_date apt upgrade
  ensure "packages: ${PACKAGES[*]}" packages_are_there install_packages
  ensure 'services may start again' services_may_start rm -f "$NO_START"
}
