#!/usr/bin/env bash
# Makes a bare VM the server that infra/parts describes, or mends one. What is right already stays; --help says more.
set -Eeuo pipefail
INFRA=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

PARTS=(
  'base          packages, the clock, Node, PM2, the user of the relay, and the files of every part, from the answers'
  'kernel        buffers and limits'
  'firewall      ufw: nothing comes in but what must'
  'ssh           keys only'
  'nginx         with a certificate that signs itself, where there is none yet'
  'certificates  from the authority, for both names'
  'turn          coturn and its secrets'
  'relay         this checkout, built, in /opt/azaan-relay/current; under PM2, now and from every start of the machine'
  'secrets       the relay has those of the answers'
  'monitoring    Prometheus, Alertmanager, and what they ask'
  'logs          within their bounds, and to the archive'
  'fail2ban      for ssh and nginx'
  'updates       of the system, by themselves'
)

usage() {
  cat <<'END'
usage: infra/init.sh [--check] [--only PART | --from PART] [--allow-ssh-from-anywhere] [--list] [--help]

Run as root, in a checkout of the repository, on Ubuntu 22.04 or 24.04, or Debian 12 or 13. First it looks whether it can
succeed, and changes nothing when it cannot. Then it makes the parts of the server in order; of each it changes only what is
not as it should be, so it may be run again at any time, and after an interruption goes on where it was.

  --check      changes nothing, and says what would change; exits with 3 when something would
  --only PART  this part alone
  --from PART  this part and those after it
  --list       the parts
  --allow-ssh-from-anywhere
               where ADMIN_CIDRS is empty: otherwise it refuses, because nobody could log in any more

AZAAN_ANSWERS names the answers (default /etc/azaan/azaan.env; copy infra/azaan.env.example to there, and fill it in).
What the programs say goes to /var/log/azaan-init/init.log. Exits with 0 when all is done, 1 when a part failed, 2 for bad usage.
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
      grep -q "^${2:-none} " <<<"$(printf '%s\n' "${PARTS[@]}")" || {
        echo "init: no part is called \"${2:-}\"; --list shows them" >&2
        exit 2
      }
      if [ "$1" = --only ]; then ONLY=$2; else FROM=$2; fi
      shift
      ;;
    --allow-ssh-from-anywhere) SSH_OPTIONS=("$1") ;;
    --list)
      printf '%s\n' "${PARTS[@]}"
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
for file in "$INFRA"/parts/*/ensure.sh; do
  # shellcheck source=/dev/null
  source "$file"
done

export AZAAN_ANSWERS=$answers DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
preflight
begin
number=0
for line in "${PARTS[@]}"; do
  read -r part what <<<"$line"
  number=$((number + 1))
  [ -z "$ONLY" ] || [ "$ONLY" = "$part" ] || continue
  if [ "$FROM" = "$part" ]; then FROM=; fi
  [ -z "$FROM" ] || continue
  heading "$number/${#PARTS[@]}" "$part" "$what"
  "ensure_$part"
done
summary
