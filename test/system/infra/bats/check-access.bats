#!/usr/bin/env bats
# Whether sshd may be told to take keys only.

setup() {
  guard=$BATS_TEST_DIRNAME/../../../../infra/ssh/check-access
  export HOMES=$BATS_TEST_TMPDIR/homes PATH=$BATS_TEST_TMPDIR/bin:$PATH MEMBERS=amina
  mkdir -p "$HOMES/home/amina/.ssh" "$HOMES/root/.ssh" "$BATS_TEST_TMPDIR/bin"
  cat >"$BATS_TEST_TMPDIR/bin/getent" <<'END'
#!/bin/sh
case $1 in
  group) echo "$2:x:27:$MEMBERS" ;;
  passwd) if [ "$2" = root ]; then echo root:x:0:0::/root:/bin/sh; else echo "$2:x:1000:1000::/home/$2:/bin/bash"; fi ;;
esac
END
  chmod +x "$BATS_TEST_TMPDIR/bin/getent"
  ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/key"
}

@test "not while nobody has a key" {
  run "$guard"
  [ "$status" -eq 1 ]
  [[ $output == *'nobody could log in'* ]]
}

@test "not while the file of keys holds none" {
  echo '# ssh-ed25519 AAAA, to come' >"$HOMES/home/amina/.ssh/authorized_keys"
  run "$guard"
  [ "$status" -eq 1 ]
}

@test "not when root alone has one, because root is shut out too" {
  MEMBERS=root
  cp "$BATS_TEST_TMPDIR/key.pub" "$HOMES/root/.ssh/authorized_keys"
  run "$guard"
  [ "$status" -eq 1 ]
}

@test "once one of several administrators has one" {
  MEMBERS=bilal,amina
  cp "$BATS_TEST_TMPDIR/key.pub" "$HOMES/home/amina/.ssh/authorized_keys"
  run "$guard"
  [ "$status" -eq 0 ]
  [ "$output" = 'amina can log in with a key' ]
}
