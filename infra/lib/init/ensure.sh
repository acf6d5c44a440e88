# shellcheck shell=bash
# The one way in which a part of infra/init.sh changes the machine.

# ensure WHAT IS_SO MAKE_SO [ARGUMENT...]: nothing when the function IS_SO succeeds; otherwise calls MAKE_SO, both with the
# arguments, and looks again. With --check it only says so, with the lines of IS_SO that begin with "would". MAKE_SO may be
# interrupted anywhere and called again.
ensure() {
  local what=$1 is_so=$2 make_so=$3 told
  shift 3
  if told=$("$is_so" "$@" 2>>"$LOG"); then return; fi
  CHANGES=$((CHANGES + 1))
  if [ "$CHECK" = yes ]; then
    say "  would: $what"
    sed -n 's/^would /    &/p' <<<"$told"
    return
  fi
  note "$what: $make_so $*"$'\n'"$told"
  printf '  %s …' "$what"
  local since=$SECONDS
  # Not in a condition, where bash would go on after a failed command.
  "$make_so" "$@" >>"$LOG" 2>&1
  if ! "$is_so" "$@" >>"$LOG" 2>&1; then
    echo
    fail "$what: done, and it is still not so (see $LOG)"
  fi
  printf ' %s s\n' "$((SECONDS - since))"
}
