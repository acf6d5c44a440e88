#!/usr/bin/env bats
# Whether updates wait, as infra/init.sh asks apt.

bats_require_minimum_version 1.5.0

setup() {
  set -o pipefail
  export INFRA=$BATS_TEST_DIRNAME/../../../infra PATH=$BATS_TEST_TMPDIR/bin:$PATH
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  source "$BATS_TEST_DIRNAME/../../../infra/parts/base/packages.sh"
}

apt_tells() { # apt_tells SCRIPT: in place of apt-get
  printf '#!/bin/sh\n%s\n' "$1" >"$BATS_TEST_TMPDIR/bin/apt-get"
  chmod +x "$BATS_TEST_TMPDIR/bin/apt-get"
}

@test "an update that waits is seen, however much apt tells after it" {
  apt_tells 'echo "Inst openssl [1] (2)"; sleep 0.2; echo "Conf openssl (2)"'
  run ! is_up_to_date
}

@test "without any, all is up to date" {
  apt_tells 'echo "Reading package lists..."'
  is_up_to_date
}
