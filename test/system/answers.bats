#!/usr/bin/env bats
# What scripts get to know of the answers.

setup() {
  export AZAAN_ANSWERS=$BATS_TEST_TMPDIR/azaan.env
  # shellcheck source=../../infra/lib/answers.sh
  source "$BATS_TEST_DIRNAME/../../infra/lib/answers.sh"
}

@test "nothing of an answer is run" {
  local wanted="a=b !c \$(touch $BATS_TEST_TMPDIR/ran) \`touch $BATS_TEST_TMPDIR/ran\`"
  echo "EMAIL=$wanted" >"$AZAAN_ANSWERS"
  run answer EMAIL
  [ "$output" = "$wanted" ]
  [ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

@test "a name that ends like another is another" {
  printf 'DOMAIN=azaan.example.net\nTURN_DOMAIN=turn.example.net\n' >"$AZAAN_ANSWERS"
  [ "$(answer DOMAIN)" = azaan.example.net ]
}

@test "what the answers leave out is as in the example, and what they leave empty is empty" {
  echo 'HSTS=' >"$AZAAN_ANSWERS"
  [ "$(answer ACME)" = production ]
  [ -z "$(answer HSTS)" ]
}

@test "what makes a server this one is never as in the example" {
  : >"$AZAAN_ANSWERS"
  for name in DOMAIN TURN_DOMAIN EMAIL PUBLIC_IP ADMIN_CIDRS; do [ -z "$(answer "$name")" ]; done
}

@test "a name that does not exist is an error that names it" {
  : >"$AZAAN_ANSWERS"
  run answer DOMIAN
  [ "$status" -eq 1 ]
  [[ $output == *'DOMIAN is no variable'* ]]
}
