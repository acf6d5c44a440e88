# shellcheck shell=bash
# Services, as infra/init.sh starts them: again only when something that they read has changed since.

STARTED=/var/lib/azaan/init

is_unchanged() { # is_unchanged UNIT PATH...: since init.sh started it
  local unit=$1
  shift
  ! will_change "$@" && [ -e "$STARTED/$unit" ] && [ -z "$(find "$@" -cnewer "$STARTED/$unit" -print -quit)" ]
}

remember() { # remember UNIT COMMAND...: runs it; what changes meanwhile counts as changed since
  local unit=$1
  shift
  mkdir -p "$STARTED"
  touch "$STARTED/.$unit"
  "$@"
  mv "$STARTED/.$unit" "$STARTED/$unit"
}

runs() { # runs UNIT: now, and from every start of the machine
  systemctl is-enabled --quiet "$1" && systemctl is-active --quiet "$1"
}
run() { # run UNIT
  systemctl enable --quiet --now "$1"
}

ensure_timers() { # ensure_timers UNIT...
  local timer
  for timer in "$@"; do ensure "$timer" runs run "$timer"; done
}

is_up() { # is_up UNIT PATH...
  runs "$1" && is_unchanged "$@"
}

start() { # start UNIT PATH...
  systemctl enable --quiet "$1"
  remember "$1" systemctl restart "$1"
  RESTARTS+=("$1")
}

# For those that can read their files again without dropping anybody.
reload() { # reload UNIT PATH...
  systemctl enable --quiet "$1"
  remember "$1" systemctl reload-or-restart "$1"
  RESTARTS+=("$1")
}
