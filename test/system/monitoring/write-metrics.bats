#!/usr/bin/env bats
# How scripts hand metrics to node_exporter, which may read at any moment.

setup() {
  export TEXTFILE_DIRECTORY=$BATS_TEST_TMPDIR/metrics
  mkdir "$TEXTFILE_DIRECTORY"
  # shellcheck source=../../../infra/parts/monitoring/textfile/write-metrics.sh
  source "$BATS_TEST_DIRNAME/../../../infra/parts/monitoring/textfile/write-metrics.sh"
}

@test "all of it is there, for everyone to read" {
  umask 077
  write_metrics some <<<'some_total 1'
  [ "$(cat "$TEXTFILE_DIRECTORY/some.prom")" = 'some_total 1' ]
  [ "$(stat -c %a "$TEXTFILE_DIRECTORY/some.prom")" = 644 ]
}

@test "what was there stays when the disk is full, and no half file with it" {
  echo 'some_total 1' >"$TEXTFILE_DIRECTORY/some.prom"
  mkdir "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\necho some_\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/cat"
  chmod +x "$BATS_TEST_TMPDIR/bin/cat"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run write_metrics some <<<'some_total 2'
  [ "$status" -eq 1 ]
  [ "$(cat "$TEXTFILE_DIRECTORY/some.prom")" = 'some_total 1' ]
  [ "$(find "$TEXTFILE_DIRECTORY" -type f | wc -l)" -eq 1 ]
}
