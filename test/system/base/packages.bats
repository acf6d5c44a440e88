#!/usr/bin/env bats
# What infra/init.sh believes of apt.

setup() {
  set -o pipefail
  export INFRA=$BATS_TEST_DIRNAME/../../../infra
  # shellcheck source=../../../infra/lib/init/services.sh
  source "$INFRA/lib/init/services.sh"
  # shellcheck source=../../../infra/parts/base/packages.sh
  source "$INFRA/parts/base/packages.sh"
  STARTED=$BATS_TEST_TMPDIR
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
  mkdir "$BATS_TEST_TMPDIR/bin"
}

# `run` is one of the functions here.
not() { if "$@"; then return 1; fi; }

apt_get_says() { # apt_get_says CODE LINE...
  local code=$1
  shift
  { echo '#!/bin/sh' && printf 'echo "%s"\nsleep 0.1\n' "$@" && echo "exit $code"; } >"$BATS_TEST_TMPDIR/bin/apt-get"
  chmod +x "$BATS_TEST_TMPDIR/bin/apt-get"
}

@test "a machine is up to date when apt says so, and not when apt cannot tell" {
  apt_get_says 0 'Reading package lists...'
  is_up_to_date
  apt_get_says 0 'Inst curl [1] (2 Ubuntu:22.04/jammy-updates [amd64])'
  not is_up_to_date
  apt_get_says 100 'E: Could not get lock'
  not is_up_to_date
}

@test "an update that waits is seen, however much apt tells after it" {
  apt_get_says 0 'Inst openssl [1] (2)' 'Conf openssl (2)'
  not is_up_to_date
}

@test "lists are fresh for a day after they were read, however old the archive is" {
  not lists_are_fresh
  apt_get_says 0 'All is old here'
  read_lists
  lists_are_fresh
  touch --date '25 hours ago' "$STARTED/apt-lists"
  not lists_are_fresh
}

@test "lists that could not be read are not fresh" {
  apt_get_says 100 'E: Some index files failed to download'
  export STARTED
  export -f apt read_lists remember
  # As infra/init.sh calls it: the first failure ends it.
  not bash -ec read_lists
  not lists_are_fresh
}
