# shellcheck shell=bash
# For scripts that tell node_exporter, which must never read half a file.

metric() { # metric TYPE NAME WHAT VALUE...: one of several values begins with its {labels}
  local type=$1 name=$2 what=$3 value
  shift 3
  echo "# HELP $name $what"
  echo "# TYPE $name $type"
  for value in "$@"; do
    if [[ $value == '{'* ]]; then echo "$name$value"; else echo "$name $value"; fi
  done
}

# write_metrics NAME: takes what comes on standard input as NAME.prom, all of it or nothing.
write_metrics() {
  local folder=${TEXTFILE_DIRECTORY:-/var/lib/prometheus/node-exporter}
  local unfinished
  unfinished=$(mktemp "$folder/.$1.XXXXXX")
  if cat >"$unfinished" && chmod 0644 "$unfinished"; then
    mv "$unfinished" "$folder/$1.prom"
  else
    rm -f "$unfinished"
    return 1
  fi
}
