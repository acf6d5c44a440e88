# shellcheck shell=bash

RELAY_USER=fillmasjid

user_is_there() { id "$RELAY_USER" && [ -d "/home/$RELAY_USER" ]; }
# Nobody logs in as it, and it has no password. An interruption may have left it without its home.
make_user() {
  id "$RELAY_USER" || useradd --no-create-home --user-group --shell /usr/sbin/nologin "$RELAY_USER"
  make_folder "/home/$RELAY_USER" "$RELAY_USER" 750
}

may_not_be_root() { ! grep -qwE 'sudo|wheel|admin|root' <<<"$(id -nG "$RELAY_USER")"; }
take_root_away() {
  local group
  for group in sudo wheel admin root; do gpasswd --delete "$RELAY_USER" "$group" || true; done
}

folder_is_so() { # folder_is_so FOLDER OWNER MODE
  [ "$(stat -c '%U %a' "$1")" = "$2 $3" ]
}
make_folder() { install -d -o "$2" -g "$2" -m "$3" "$1"; }

ensure_accounts() {
  ensure "the user $RELAY_USER" user_is_there make_user
  ensure "$RELAY_USER may not become root" may_not_be_root take_root_away
  ensure 'folder /opt/azaan-relay/releases' folder_is_so make_folder /opt/azaan-relay/releases root 755
  ensure 'folder /var/lib/azaan/acme' folder_is_so make_folder /var/lib/azaan/acme root 755
  ensure 'folder of the logs of the relay' folder_is_so make_folder /var/log/azaan "$RELAY_USER" 750
  ensure 'folder of the logs of coturn' folder_is_so make_folder /var/log/turnserver turnserver 750
}
