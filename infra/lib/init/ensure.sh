# shellcheck shell=bash
# The one way in which a step of infra/init.sh changes the machine.

# ensure WHAT IS_SO MAKE_SO [ARGUMENT...]: nothing when the function IS_SO succeeds; otherwise calls MAKE_SO, both with the
# arguments, and looks again. With --check it only says so. MAKE_SO may be interrupted anywhere and called again.
ensure() {
  local what=$1 is_so=$2 make_so=$3
  shift 3
  if "$is_so" "$@" >>"$LOG" 2>&1; then return; fi
  CHANGES=$((CHANGES + 1))
  if [ "$CHECK" = yes ]; then
    say "  would: $what"
    return
  fi
  note "$what: $make_so $*"
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
