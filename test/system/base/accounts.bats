#!/usr/bin/env bats
# The user of the relay, as infra/init.sh makes it.

setup() {
  # shellcheck source=../../../infra/parts/base/accounts.sh
  source "$BATS_TEST_DIRNAME/../../../infra/parts/base/accounts.sh"
  calls=
}

id() { [ "$user_exists" = yes ]; }
useradd() { calls+='useradd '; }
install() { calls+="install $*"; }

@test "a user that an interruption left without its home gets one, and is not made again" {
  user_exists=yes
  make_user
  [ "$calls" = "install -d -o $RELAY_USER -g $RELAY_USER -m 750 /home/$RELAY_USER" ]
}

@test "a user that is not there is made, with a home" {
  user_exists=no
  make_user
  [ "$calls" = "useradd install -d -o $RELAY_USER -g $RELAY_USER -m 750 /home/$RELAY_USER" ]
}
