#!/usr/bin/env bats
# How coturn gets to know its secrets; that it works with them is tried on a running one.

setup() {
  export AZAAN_ANSWERS=$BATS_TEST_TMPDIR/azaan.env PATH=$BATS_TEST_TMPDIR/bin:$PATH
  mkdir -p "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/var/lib/turn"
  printf 'TURN_DOMAIN=turn.example.org\nROOT=%s\nTURN_SECRETS=%s\n' "$BATS_TEST_TMPDIR" "$(printf 's%.0s' {1..40})" >"$AZAAN_ANSWERS"
  cat >"$BATS_TEST_TMPDIR/bin/sqlite3" <<'END'
#!/bin/sh
for last; do :; done
stat -c %a "$last" >"$last.mode"
echo "$@" >"$last.arguments"
cat >"$last.input"
END
  chmod +x "$BATS_TEST_TMPDIR/bin/sqlite3"
  database=$BATS_TEST_TMPDIR/var/lib/turn/turndb
}

@test "nobody else may read the database before a secret is in it, whoever might before" {
  touch "$database"
  chmod 0644 "$database"
  "$BATS_TEST_DIRNAME/../../../infra/parts/turn/secrets" sync
  [ "$(cat "$database.mode")" = 640 ]
}

@test "a secret is in no argument of a program" {
  "$BATS_TEST_DIRNAME/../../../infra/parts/turn/secrets" sync
  grep -q sssss "$database.input"
  [ "$(cat "$database.arguments")" = "-bail $database" ]
}
