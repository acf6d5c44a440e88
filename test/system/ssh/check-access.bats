#!/usr/bin/env bats
# Whether sshd may be told to take keys only.

setup() {
  guard=$BATS_TEST_DIRNAME/../../../infra/parts/ssh/check-access
  export HOMES=$BATS_TEST_TMPDIR/homes PATH=$BATS_TEST_TMPDIR/bin:$PATH MEMBERS=amina
  mkdir -p "$HOMES/home/amina/.ssh" "$HOMES/root/.ssh" "$BATS_TEST_TMPDIR/bin"
  cat >"$BATS_TEST_TMPDIR/bin/getent" <<'END'
#!/bin/sh
case $1 in
  group) echo "$2:x:27:$MEMBERS" ;;
  passwd) if [ "$2" = root ]; then echo root:x:0:0::/root:/bin/sh; else echo "$2:x:1000:1000::/home/$2:${SHELL_OF_ALL:-/bin/bash}"; fi ;;
  shadow) echo "$2:!:20000:0:99999:7::${EXPIRES:-}:" ;;
esac
END
  chmod +x "$BATS_TEST_TMPDIR/bin/getent"
  ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/key"
}

refuses() {
  run "$guard"
  [ "$status" -eq 1 ]
}

@test "not while nobody has a key" {
  refuses
  [[ $output == *'nobody could log in who is in the group sudo: amina: no key'* ]]
}

@test "not while the file of keys holds none" {
  echo '# ssh-ed25519 AAAA, to come' >"$HOMES/home/amina/.ssh/authorized_keys"
  refuses
}

@test "not when root alone has one, because root is shut out too" {
  MEMBERS=root
  cp "$BATS_TEST_TMPDIR/key.pub" "$HOMES/root/.ssh/authorized_keys"
  refuses
}

has_a_key() { cp "$BATS_TEST_TMPDIR/key.pub" "$HOMES/home/amina/.ssh/authorized_keys"; }

@test "not while others may write to the key, its folder or the home: sshd would not take it" {
  has_a_key
  for path in .ssh/authorized_keys .ssh .; do
    chmod g+w "$HOMES/home/amina/$path"
    run "$guard"
    chmod g-w "$HOMES/home/amina/$path"
    [ "$status" -eq 1 ]
    [[ $output == *'others than amina may write to'* ]]
  done
  chown nobody "$HOMES/home/amina/.ssh"
  refuses
}

@test "not while the shell of the account lets nobody in" {
  has_a_key
  for shell in /usr/sbin/nologin /bin/false /no/such/shell; do
    SHELL_OF_ALL=$shell refuses
    [[ $output == *"the shell $shell lets nobody in"* ]]
  done
}

@test "not once the account has expired, but before" {
  has_a_key
  EXPIRES=19000 refuses
  [[ $output == *'has expired'* ]]
  EXPIRES=99000 run "$guard"
  [ "$status" -eq 0 ]
}

@test "once one of several administrators has one" {
  MEMBERS=bilal,amina
  has_a_key
  run "$guard"
  [ "$status" -eq 0 ]
  [ "$output" = 'amina can log in with a key' ]
}
