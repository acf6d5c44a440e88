# shellcheck shell=bash

NO_START=/usr/sbin/policy-rc.d

# With our files where a package brings its own; waiting for the updates that a new machine makes by itself.
apt() {
  apt-get -q -y -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600 "$@"
}

# By a time of our own: what apt fetched has the times of the archive.
lists_are_fresh() {
  [ -n "$(find "$STARTED/apt-lists" -mmin -1440)" ] && is_unchanged apt-lists /etc/apt/sources.list /etc/apt/sources.list.d
}
# Of every archive: apt would go on with old lists, or none.
read_lists() { remember apt-lists apt -o APT::Update::Error-Mode=any update; }

nothing_is_half_done() { [ -z "$(dpkg --audit)" ]; }
# dpkg may still be at work for a run that is gone: apt waits for it, and then wants dpkg to go on first. What dpkg cannot go
# on with, because more was to be unpacked, is apt's again; but apt unpacks nothing a second time by itself.
finish_half_done() {
  local torn
  apt install --fix-broken || dpkg --configure -a || true
  apt install --fix-broken
  mapfile -t torn < <(dpkg-query -W -f '${Package} ${db:Status-Eflag}\n' | sed -n 's/ reinstreq$//p')
  if [ ${#torn[@]} -gt 0 ]; then apt install --reinstall "${torn[@]}"; fi
}

is_up_to_date() {
  local planned
  planned=$(apt-get -s upgrade) && ! grep -q '^Inst ' <<<"$planned"
}

mapfile -t PACKAGES < <(grep -v '^#' "$INFRA/parts/base/packages")

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

ensure_packages() {
  ensure 'packages that an interruption left half installed' nothing_is_half_done finish_half_done
  ensure 'lists of packages' lists_are_fresh read_lists
  ensure 'updates' is_up_to_date apt upgrade
  ensure "packages: ${PACKAGES[*]}" packages_are_there install_packages
  ensure 'services may start again' services_may_start rm -f "$NO_START"
}
