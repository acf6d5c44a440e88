# shellcheck shell=bash
# The settings of the answers, judged by the relay itself before it has to start with them.

RELAY_ENV=/etc/azaan/relay.env
SETTINGS_ACCEPTED=no

# What a release would say at its start with the file that the answers make; nothing when it would start.
problems_of_settings() { # problems_of_settings RELEASE
  local file told
  file=$(mktemp)
  # By the relay's user, without the surroundings that root has.
  if told=$({
    render --show "$RELAY_ENV" >"$file" && chown "root:$RELAY_USER" "$file" && chmod 0640 "$file" &&
      runuser -u "$RELAY_USER" -- env -i /usr/bin/node "$RELEASES/$1/dist/cli/check-config.js" "$file"
  } 2>&1); then told=; fi
  rm "$file"
  printf '%s' "$told"
}

# For the preflight: before anything changes, where this release is built already.
look_at_settings() {
  local name told line
  name=$(release_name)
  if ! has_node || ! release_is_built "$name"; then
    doubt "what the answers say to the relay: judged when release $name is built, before anything of the relay changes"
    return
  fi
  told=$(problems_of_settings "$name")
  if [ -z "$told" ]; then
    good 'the relay starts with its settings'
    SETTINGS_ACCEPTED=yes
  else
    while read -r line; do bad "$AZAAN_ANSWERS: $line"; done <<<"$told"
  fi
}

# Where the preflight could not ask yet.
accept_settings() { # accept_settings RELEASE
  local told
  if [ "$SETTINGS_ACCEPTED" = yes ]; then return; fi
  told=$(problems_of_settings "$1")
  [ -z "$told" ] || fail "release $1 would not start with the settings in $AZAAN_ANSWERS; the relay was left alone:"$'\n'"$told"
}
