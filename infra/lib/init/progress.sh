# shellcheck shell=bash
# What infra/init.sh tells: one line for each part and change; the words of the programs go to the log.

# Not among the relay's logs: root writes to no folder that the relay's user may change.
LOG=/var/log/azaan-init/init.log
CHANGES=0
DOING=preflight
BEGUN=$SECONDS
RESTARTS=()
# With --check, what it found, told when all of it is known: first what callers will notice.
FIRST=
FOUND=()

say() {
  if [ "$CHECK" = yes ]; then FOUND+=("$*"); else printf '%s\n' "$*"; fi
  note "$*"
}

say_first() { FIRST=$*; }

note() {
  if [ "$CHECK" = no ] && [ -e "$LOG" ]; then printf '%(%FT%TZ)T %s\n' -1 "$*" >>"$LOG"; fi
}

heading() { # heading NUMBER NAME WHAT
  DOING=$2
  say "[$1] $2: $3"
}

# Opens the log, sees that nobody else does the same at the same time, and has a word ready for a bad end.
begin() {
  # What fails may have its own words redirected; ours are for whoever looks on.
  exec 8>&2
  trap 'failed $?' ERR
  trap 'interrupted' INT TERM HUP
  if [ "$CHECK" = yes ]; then
    LOG=/dev/null
    return
  fi
  exec 9>/run/azaan-init.lock
  if ! flock --nonblock 9; then
    # What an interrupted run had begun may still be at work, and would meet what this one does.
    echo 'Waits for another run, or for what an interrupted one left at work …'
    flock --timeout 300 9 || fail 'another run is under way'
  fi
  install -d -m 0750 "$(dirname "$LOG")"
  touch "$LOG"
  chmod 0640 "$LOG"
  note "begins: $(git_of_checkout describe --always --tags 2>/dev/null || true)"
}

fail() {
  echo "init: $*" >&2
  note "failed: $*"
  trap - ERR
  exit 1
}

failed() { # failed CODE
  trap - ERR
  {
    echo
    echo "init: part $DOING failed (exit code $1). The last lines of $LOG:"
    tail -n 15 "$LOG" | sed 's/^/  /'
    echo "Mend it and run infra/init.sh again: what is done stays, and it goes on from here."
  } >&8
  note "part $DOING failed with $1"
  exit 1
}

interrupted() {
  trap - ERR INT TERM HUP
  echo "init: interrupted in part $DOING; run it again, and it goes on from here" >&8
  note "interrupted in part $DOING"
  exit 130
}

summary() {
  local took=$((SECONDS - BEGUN))
  if [ "$CHECK" = yes ]; then
    printf '%s\n' ${FIRST:+"$FIRST"} "${FOUND[@]}"
    if [ ${#RESTARTS[@]} -gt 0 ]; then echo "Would start again: ${RESTARTS[*]}"; fi
    echo "$CHANGES changes to make, $took s"
    [ "$CHANGES" -eq 0 ] || exit 3
    return
  fi
  if [ "$CHANGES" -eq 0 ]; then say "Nothing to change, $took s."; else say "$CHANGES changes, $((took / 60)) min $((took % 60)) s."; fi
  if [ ${#RESTARTS[@]} -gt 0 ]; then say "Started again: ${RESTARTS[*]}"; fi
  if [ -e /var/run/reboot-required ]; then say 'The machine wants to be started again: docs/runbooks/safe-reboot-maintenance-mode.md'; fi
  say "Next: infra/doctor, which checks the whole server."
}
