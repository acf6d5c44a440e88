# shellcheck shell=bash

secrets_are_known() {
  local known
  known=$(sqlite3 -readonly /var/lib/turn/turndb "SELECT value FROM turn_secret WHERE realm = '$(answer TURN_DOMAIN)'" | LC_ALL=C sort)
  [ -n "$known" ] && [ "$known" = "$(answer TURN_SECRETS | tr ',' '\n' | LC_ALL=C sort)" ]
}

ensure_turn() {
  ensure 'the secrets that coturn shares with the relay' secrets_are_known "$INFRA/parts/turn/secrets" sync
  ensure 'coturn with its files' is_up start coturn /etc/turnserver.conf
}
