# shellcheck shell=bash

# A relay that starts again reads them.
knows_secrets() { [[ " ${RESTARTS[*]} " == *' relay '* ]] || is_unchanged relay-secrets /etc/azaan/relay.env; }
tell_secrets() { remember relay-secrets reload_relay; }

# The renderer makes those that are missing in the answers, and part turn tells coturn.
ensure_secrets() {
  ensure 'the relay knows its keys and secrets' knows_secrets tell_secrets
}
