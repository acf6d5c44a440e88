# shellcheck shell=bash
# Read by the scripts of infra: the answers, as text; nothing of the file is run. They are read as Node's parseEnv reads
# them for infra/render: without the spaces around a value, without quotes around it, and without a comment behind it.

answers=${AZAAN_ANSWERS:-/etc/azaan/azaan.env}

value_in() { # value_in FILE NAME: the last one counts; fails when there is none
  awk -v name="$2" '
    { sub(/^[ \t]*(export[ \t]+)?/, "") }
    index($0, name) == 1 && substr($0, length(name) + 1) ~ /^[ \t]*=/ {
      found = 1
      value = trimmed(substr($0, index($0, "=") + 1))
      quote = substr(value, 1, 1)
      if (quote !~ /["\047`]/) sub(/#.*/, "", value)
      else if ((end = index(substr(value, 2), quote)) > 0) value = substr(value, 2, end - 1)
    }
    END { if (!found) exit 1; print trimmed(value) }
    function trimmed(text) { gsub(/^[ \t]+|[ \t\r]+$/, "", text); return text }
  ' "$1"
}

answer() { # answer NAME: as the answers have it, else the example; what makes a server this one, from the answers alone
  local name=$1 file
  for file in "$answers" "$(dirname "${BASH_SOURCE[0]}")/../azaan.env.example"; do
    if value_in "$file" "$name"; then return; fi
    case $name in DOMAIN | TURN_DOMAIN | EMAIL | PUBLIC_IP | ADMIN_CIDRS) return ;; esac
  done
  echo "$name is no variable of azaan.env.example" >&2
  return 1
}

put_answer() { # put_answer NAME VALUE
  local changed
  # Only the owner may read the new file: mktemp made it so. The value is no argument, which every user could read.
  changed=$(mktemp "$answers.XXXXXX")
  VALUE=$2 awk -v name="$1" '
    index($0, name "=") == 1 { found = 1; $0 = name "=" ENVIRON["VALUE"] }
    { print }
    END { if (!found) print name "=" ENVIRON["VALUE"] }
  ' "$answers" >"$changed"
  mv "$changed" "$answers"
}
