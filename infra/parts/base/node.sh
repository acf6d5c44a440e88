# shellcheck shell=bash

NODE_VERSION=$(<"$INFRA/../.nvmrc")
PM2_VERSION=$(<"$INFRA/parts/relay/pm2/version")
NODE_KEYRING=/usr/share/keyrings/azaan-node.gpg
NODE_LIST=/etc/apt/sources.list.d/azaan-node.list
NODE_PIN=/etc/apt/preferences.d/azaan-node

# Of a file with one key in it: apt would believe every other as well.
fingerprint_of() { # fingerprint_of FILE
  gpg --batch --show-keys --with-colons "$1" |
    awk -F: '$1 == "pub" { keys++ } $1 == "fpr" && !found { found = $10 } END { if (keys == 1) print found }'
}

key_is_there() {
  [ -s "$NODE_KEYRING" ] && [ "$(fingerprint_of "$NODE_KEYRING")" = "$(answer NODE_APT_KEY)" ]
}

# Whoever answers for the vendor's site must still have the key that the answers name.
fetch_key() {
  local key
  key=$(mktemp)
  curl --fail --silent --show-error --location --max-time 60 --output "$key" "$(answer NODE_APT_KEY_URL)"
  if [ "$(fingerprint_of "$key")" != "$(answer NODE_APT_KEY)" ]; then
    echo "$(answer NODE_APT_KEY_URL) is not the key $(answer NODE_APT_KEY), and no other" >&2
    return 1
  fi
  gpg --batch --yes --dearmor --output "$NODE_KEYRING" "$key"
  chmod 0644 "$NODE_KEYRING"
  rm "$key"
}

wanted_list() { echo "deb [signed-by=$NODE_KEYRING] $(answer NODE_APT_URL) nodistro main"; }
# Above 1000, so that it goes back where a newer one is.
wanted_pin() { printf 'Package: nodejs\nPin: version %s-*\nPin-Priority: 1001\n' "$NODE_VERSION"; }

source_is_there() {
  [ "$(cat "$NODE_LIST")" = "$(wanted_list)" ] && [ "$(cat "$NODE_PIN")" = "$(wanted_pin)" ]
}
put_source() {
  wanted_list >"$NODE_LIST"
  wanted_pin >"$NODE_PIN"
}

node_is_there() { [ "$(/usr/bin/node --version)" = "v$NODE_VERSION" ] && [ -x /usr/bin/npm ]; }
install_node() {
  read_lists
  apt install --allow-downgrades nodejs
}

pm2_is_there() {
  [ "$(jq -r .version "$(npm root --global)/pm2/package.json")" = "$PM2_VERSION" ]
}
install_pm2() { npm install --global --no-audit --no-fund "pm2@$PM2_VERSION"; }

ensure_node() {
  ensure "the key of Node's vendor" key_is_there fetch_key
  ensure "the packages of Node's vendor" source_is_there put_source
  ensure "Node $NODE_VERSION" node_is_there install_node
  ensure "PM2 $PM2_VERSION" pm2_is_there install_pm2
}
