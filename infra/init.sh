#!/usr/bin/env bash
# Makes a bare VM the server that infra/parts describes, or mends one. What is right already stays; --help says more.
set -Eeuo pipefail
INFRA=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

STEPS=(
  'packages       updates, and the packages of infra/parts/base/packages'
  'time           a clock that is right: tokens forgive no more than a minute'
  'node           Node as .nvmrc has it, from its vendor; PM2'
  'accounts       the user of the relay, and folders'
  'configuration  the files of every part, from the answers'
  'kernel         buffers and limits'
  'journal        within its bounds'
  'firewall       ufw: nothing comes in but what must'
  'ssh            keys only'
  'nginx          with a certificate that signs itself, where there is none yet'
  'certificates   from the authority, for both names'
  'turn           coturn and its secrets'
  'release        this checkout, built, in /opt/azaan-relay/current'
  'relay          under PM2, now and from every start of the machine'
  'monitoring     Prometheus, Alertmanager, and what they ask'
  'fail2ban       for ssh and nginx'
  'timers         renewal, updates, metrics, logs'
)

usage() {
  cat <<'END'
usage: infra/init.sh [--check] [--only STEP | --from STEP] [--allow-ssh-from-anywhere] [--list] [--help]

Run as root, in a checkout of the repository, on Ubuntu 22.04 or 24.04, or Debian 12 or 13. First it looks whether it can succeed, and
changes nothing when it cannot. Then it takes the steps in order; each changes only what is not as it should be, so it may
be run again at any time, and after an interruption goes on where it was.

  --check      changes nothing, and says what would change; exits with 3 when something would
  --only STEP  this step alone
  --from STEP  this step and those after it
  --list       the steps
  --allow-ssh-from-anywhere
               where ADMIN_CIDRS is empty: otherwise it refuses, because nobody could log in any more

AZAAN_ANSWERS names the answers (default /etc/azaan/azaan.env; copy infra/azaan.env.example to there, and fill it in).
What the programs say goes to /var/log/azaan-init/init.log. Exits with 0 when all is done, 1 when a step failed, 2 for bad usage.
END
}

CHECK=no
ONLY=
FROM=
SSH_OPTIONS=()
while [ $# -gt 0 ]; do
  case $1 in
    --check) CHECK=yes ;;
    --only | --from)
      grep -q "^${2:-none} " <<<"$(printf '%s\n' "${STEPS[@]}")" || {
        echo "init: no step is called \"${2:-}\"; --list shows them" >&2
        exit 2
      }
      if [ "$1" = --only ]; then ONLY=$2; else FROM=$2; fi
      shift
      ;;
    --allow-ssh-from-anywhere) SSH_OPTIONS=("$1") ;;
    --list)
      printf '%s\n' "${STEPS[@]}"
      exit 0
      ;;
    --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

# shellcheck source=lib/answers.sh
source "$INFRA/lib/answers.sh"
# shellcheck source=lib/relay.sh
source "$INFRA/lib/relay.sh"
# shellcheck source=lib/init/progress.sh
source "$INFRA/lib/init/progress.sh"
# shellcheck source=lib/init/ensure.sh
source "$INFRA/lib/init/ensure.sh"
# shellcheck source=lib/init/services.sh
source "$INFRA/lib/init/services.sh"
# shellcheck source=lib/init/preflight.sh
source "$INFRA/lib/init/preflight.sh"
for file in "$INFRA"/parts/*/*.sh; do
  # shellcheck source=/dev/null
  source "$file"
done

export AZAAN_ANSWERS=$answers DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
preflight
begin
step=0
for line in "${STEPS[@]}"; do
  read -r name what <<<"$line"
  step=$((step + 1))
  [ -z "$ONLY" ] || [ "$ONLY" = "$name" ] || continue
  if [ "$FROM" = "$name" ]; then FROM=; fi
  [ -z "$FROM" ] || continue
  heading "$step/${#STEPS[@]}" "$name" "$what"
  "step_$name"
done
summary
