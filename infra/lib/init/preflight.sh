# shellcheck shell=bash
# What must hold before infra/init.sh changes anything. All of it is looked at, so that one run tells everything.

OS_RELEASE=/etc/os-release

PROBLEMS=0

good() { printf '  ✓ %s\n' "$*"; }
# Worth knowing, and no reason to stop.
doubt() { printf '  ? %s\n' "$*"; }
bad() {
  printf '  ✗ %s\n' "$*"
  PROBLEMS=$((PROBLEMS + 1))
}

system_of() { sed -n "s/^$1=\"\?\([^\"]*\)\"\?$/\1/p" "$OS_RELEASE"; }

look_at_system() {
  local system
  system="$(system_of ID) $(system_of VERSION_ID)"
  case $system in
    'ubuntu 22.04' | 'ubuntu 24.04' | 'debian 12' | 'debian 13') good "$system" ;;
    *) bad "$system: made for Ubuntu 22.04 and 24.04, Debian 12 and 13" ;;
  esac
  if [ -d /run/systemd/system ]; then good 'systemd'; else bad 'systemd does not run this machine'; fi
  if [ -r "$INFRA/../.nvmrc" ] && [ -n "$(release_name 2>/dev/null)" ]; then
    good "release $(release_name)"
  else
    bad "$INFRA is not in a checkout of the repository: git clone it"
  fi
  if [ -e "$INFRA/../.git" ] && [ -n "$(git_of_checkout status --porcelain 2>/dev/null)" ]; then
    doubt 'the checkout has changes that are not committed: the release goes without them'
  fi
}

size() { # size AMOUNT LEAST PLANNED WHAT PLAN
  if [ "$1" -lt "$2" ]; then
    bad "$1 $4: $2 are the least"
  elif [ "$1" -lt "$3" ]; then
    doubt "$1 $4: planned for $5"
  else
    good "$1 $4"
  fi
}
look_at_size() {
  size "$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)" 1800 7500 'MB of memory' '8 GB'
  size "$(df --output=avail -BG / | tail -n 1 | tr -dc '0-9')" 8 100 'GB free on /' 'a disk of 120 GB'
  size "$(nproc)" 1 4 cores 4
}

# NAME PATTERN WHAT, in the words of the renderer.
FORMS=$(
  number='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
  ipv4="$number(\\.$number){3}"
  network="$ipv4(/([1-9]|[12][0-9]|3[0-2]))?"
  host='([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}'
  cat <<END
DOMAIN $host a host name in small letters
TURN_DOMAIN $host a host name in small letters
EMAIL [[:alnum:]_.+-]+@[[:alnum:]_-]+(\\.[[:alnum:]_-]+)+ an e-mail address
PUBLIC_IP $ipv4 an IPv4 address
PRIVATE_IP ($ipv4)? an IPv4 address
ADMIN_CIDRS ($network([[:blank:]]+$network)*)? IPv4 networks such as 198.51.100.0/24
HSTS (on|off) on or off
ACME (production|staging) production or staging
END
)

# What can be told of the answers without Node: what an operator fills in.
wrong_answers() {
  local name pattern what value
  while read -r name; do
    if grep -q "^$name=" "$INFRA/azaan.env.example"; then continue; fi
    if grep -q "^$name=" "$INFRA/parts/relay/files/etc/azaan/relay.env.tmpl"; then
      echo "$name is set by infra/init.sh itself"
    elif ! grep -q "^$name=" "$INFRA/../.env.example"; then
      echo "$name is no variable of infra/azaan.env.example or .env.example"
    fi
  done < <(sed -n 's/^\([A-Za-z_0-9]*\)=.*/\1/p' "$AZAAN_ANSWERS")
  while read -r name pattern what; do
    value=$(answer "$name")
    if [[ $value =~ ^$pattern$ ]]; then
      [ "$name" != ADMIN_CIDRS ] || wrong_network
    elif [ -z "$value" ]; then
      echo "$name is missing"
    else
      echo "$name must be $what"
    fi
  done <<<"$FORMS"
  if [ -n "$(answer DOMAIN)" ] && [ "$(answer DOMAIN)" = "$(answer TURN_DOMAIN)" ]; then
    echo 'TURN_DOMAIN must be another name than DOMAIN: it tells TURN from HTTPS'
  fi
}

# The firewall keeps networks without what is behind their bits, and each once.
wrong_network() {
  local network address bits first seen=' '
  for network in $(answer ADMIN_CIDRS); do
    IFS=/ read -r address bits <<<"$network/32"
    bits=${bits%/32}
    first=$(address_of $(($(number_of "$address") >> (32 - bits) << (32 - bits))))
    if [ "$first" != "$address" ]; then
      echo "ADMIN_CIDRS has $network, which is $first/$bits or $address/32"
      return
    elif [[ $seen == *" $first/$bits "* ]]; then
      echo "ADMIN_CIDRS has $first/$bits twice"
      return
    fi
    seen+="$first/$bits "
  done
}

has_node() { /usr/bin/node -e 'process.exit(process.versions.node.split(".")[0] >= 24 ? 0 : 1)' 2>/dev/null; }

# With Node, which is not there the first time, the renderer looks at every value.
look_at_answers() {
  local line told
  if [ ! -r "$AZAAN_ANSWERS" ]; then
    bad "$AZAAN_ANSWERS is missing: install -D -m 0600 infra/azaan.env.example $AZAAN_ANSWERS, and fill in its first part"
    return 1
  fi
  if [ "$(stat -c '%a %u' "$AZAAN_ANSWERS")" != '600 0' ]; then
    bad "$AZAAN_ANSWERS holds secrets: chown root: $AZAAN_ANSWERS && chmod 600 $AZAAN_ANSWERS"
  fi
  if has_node; then
    if told=$("$INFRA/render/render.mjs" --answers "$AZAAN_ANSWERS" --check 2>&1 >/dev/null); then :; fi
  else
    told=$(wrong_answers | sed "s|^|$AZAAN_ANSWERS: |")
  fi
  if [ -n "$told" ]; then
    while read -r line; do bad "$line"; done <<<"$told"
    return 1
  fi
  if [ -n "$(answer TELEGRAM_CHAT_ID)" ] && [ "$(system_of VERSION_ID)" = 22.04 ]; then
    bad "$AZAAN_ANSWERS: TELEGRAM_CHAT_ID: Ubuntu 22.04's Alertmanager cannot write to Telegram; another channel, or Debian 12"
  fi
  if [ -z "$(answer ADMIN_CIDRS)" ] && [ ${#SSH_OPTIONS[@]} -eq 0 ]; then
    bad 'ADMIN_CIDRS is empty: nobody could log in any more (or give --allow-ssh-from-anywhere)'
  fi
  [ "$PROBLEMS" -gt 0 ] || good "$AZAAN_ANSWERS"
}

look_at_names() {
  local name address public private
  public=$(answer PUBLIC_IP)
  private=$(answer PRIVATE_IP)
  for name in "$(answer DOMAIN)" "$(answer TURN_DOMAIN)"; do
    # Empty where there is no such name.
    address=$(getent ahostsv4 "$name" | awk '{ print $1; exit }' || true)
    if [ "$address" = "$public" ]; then
      good "$name is $public"
    elif [[ $address == 127.* ]]; then
      bad "$name is $address by /etc/hosts: take it out of that line"
    else
      bad "$name is ${address:-not known} in the DNS, and not $public: make its A record, and wait until it is seen"
    fi
  done
  if grep -qw "inet ${private:-$public}" <<<"$(ip -4 -o address)"; then
    good "this machine has ${private:-$public}"
  else
    bad "this machine does not have ${private:-$public}: where the provider translates, PRIVATE_IP is the address that it has"
  fi
}

# Each with the program that may have it already, when this is not the first run.
look_at_ports() {
  local port program holder taken=0
  while read -r port program; do
    holder=$(ss -Hlntup "sport = :$port" | sed -n 's/.*users:(("\([^"]*\)".*/\1/p' | head -n 1)
    if [ -n "$holder" ] && ! [[ $holder =~ ^$program ]]; then
      bad "port $port is held by $holder: remove it"
      taken=1
    fi
  done <<END
$(answer HTTP_PORT) nginx
$(answer HTTPS_PORT) nginx
$(answer HTTPS_INNER_PORT) nginx
$(answer TURN_STRIP_PORT) nginx
$(answer TURN_PORT) turnserver
$(answer TURN_TLS_PORT) turnserver
$(answer APP_PORT) (node|PM2)
$(answer PROMETHEUS_PORT) prometheus
$(answer ALERTMANAGER_PORT) prometheus-aler
$(answer BLACKBOX_PORT) prometheus-blac
$(answer NODE_EXPORTER_PORT) prometheus-node
END
  [ "$taken" -eq 1 ] || good 'the ports are free, or ours'
}

is_in() { # is_in ADDRESS NETWORK: both of IPv4
  local bits=32
  [[ $2 != */* ]] || bits=${2#*/}
  [[ $1 =~ ^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$ ]] &&
    [ "$(($(number_of "$1") >> (32 - bits)))" = "$(($(number_of "${2%/*}") >> (32 - bits)))" ]
}
number_of() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  echo $(((a << 24) + (b << 16) + (c << 8) + d))
}
address_of() { echo "$(($1 >> 24)).$(($1 >> 16 & 255)).$(($1 >> 8 & 255)).$(($1 & 255))"; }

# The firewall opens this one alone.
look_at_port_of_ssh() {
  local ports
  # It fails where there is no sshd yet, which then comes as its package has it.
  ports=$(sshd -T 2>/dev/null | sed -n 's/^port //p' || true)
  if [ -n "$ports" ] && ! grep -qx 22 <<<"$ports"; then
    bad "sshd is set to port ${ports//$'\n'/, }, and the firewall will open 22 alone: set Port 22 in /etc/ssh, and log in by it"
  fi
}

# Somebody of those who are logged in must be able to come back. Nobody is, where the provider's console is used.
look_at_administrators() {
  local peers peer network
  peers=$(ss -Htnp state established | awk '/"sshd"/ { print $4 }' | sed -E 's/^\[?(::ffff:)?//; s/\]?:[0-9]+$//' | sort -u)
  if [ -z "$peers" ] || [ ${#SSH_OPTIONS[@]} -gt 0 ]; then return; fi
  for peer in $peers; do
    for network in $(answer ADMIN_CIDRS); do
      if is_in "$peer" "$network"; then
        good "$peer, logged in now, is in ADMIN_CIDRS"
        return
      fi
    done
  done
  bad "logged in from ${peers//$'\n'/, }, which is not in ADMIN_CIDRS: you could not log in again"
}

# Before anything is written: the rules of sshd are a file, and take effect whenever sshd starts.
look_at_ssh() {
  local told
  if told=$("$INFRA/parts/ssh/check-access" 2>&1); then good "$told"; else bad "$told (docs/operations/go-live.md)"; fi
}

preflight() {
  if [ "$(id -u)" -ne 0 ]; then
    echo 'init: it changes the whole machine: run it as root (sudo infra/init.sh)' >&2
    exit 1
  fi
  echo 'Before anything changes:'
  look_at_system
  look_at_size
  if look_at_answers; then
    look_at_settings
    look_at_names
    look_at_ports
    look_at_administrators
  fi
  look_at_port_of_ssh
  look_at_ssh
  if [ "$PROBLEMS" -gt 0 ]; then
    echo "init: nothing was changed. Mend what is marked ✗ above ($PROBLEMS), then run it again" >&2
    exit 1
  fi
}
