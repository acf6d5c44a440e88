# shellcheck shell=bash
# Read by the scripts of infra: the answers, as text; nothing of the file is run.

answers=${AZAAN_ANSWERS:-/etc/azaan/azaan.env}

answer() { # answer NAME: as the answers have it, else the example
  local name=$1 file
  for file in "$answers" "$(dirname "${BASH_SOURCE[0]}")/../azaan.env.example"; do
    if grep -q "^$name=" "$file"; then
      sed -n "s/^$name=//p" "$file" | tail -n 1
      return
    fi
  done
  echo "$name is no variable of azaan.env.example" >&2
  return 1
}
