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
    told=$(sed -n 's/^would /    &/p' <<<"$told")
    say "  would: $what${told:+$'\n'}$told"
    mapfile -t -O "${#TO_CHANGE[@]}" TO_CHANGE < <(sed -nE 's/^ +would (change|remove) //p' <<<"$told")
    if [ "$is_so" = is_up ]; then RESTARTS+=("$1"); fi
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

# is_planned CHANGES: whether --check found more since there were so many.
is_planned() { [ "$CHECK" = yes ] && [ "$CHANGES" -gt "$1" ]; }

# will_change PATH...: whether --check found that a file there, or below, is to change, which it still is as it was.
TO_CHANGE=()
will_change() {
  local path file
  for path in "$@"; do
    for file in "${TO_CHANGE[@]}"; do
      if [[ $file == "$path" || $file == "$path"/* ]]; then return; fi
    done
  done
  return 1
}

# as_planned FILE: what is in it, or with --check, what will be.
as_planned() { if will_change "$1"; then render --show "$1"; else cat "$1"; fi; }
