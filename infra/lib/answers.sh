# shellcheck shell=bash
# Read by the scripts of infra: the answers, as text; nothing of the file is run.

answers=${AZAAN_ANSWERS:-/etc/azaan/azaan.env}

answer() { # answer NAME
  sed -n "s/^$1=//p" "$answers" | tail -n 1
}
