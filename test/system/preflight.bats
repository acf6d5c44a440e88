#!/usr/bin/env bats
# What infra/init.sh looks at before it changes anything.

setup() {
  export INFRA=$BATS_TEST_DIRNAME/../../infra AZAAN_ANSWERS=$BATS_TEST_TMPDIR/azaan.env
  # shellcheck source=../../infra/lib/answers.sh
  source "$INFRA/lib/answers.sh"
  # shellcheck source=../../infra/lib/init/preflight.sh
  source "$INFRA/lib/init/preflight.sh"
  SSH_OPTIONS=() OS_RELEASE=$BATS_TEST_TMPDIR/os-release
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
  mkdir "$BATS_TEST_TMPDIR/bin"
  system debian 12
  install -m 0600 "$INFRA/azaan.env.example" "$AZAAN_ANSWERS"
}

give() { # give NAME VALUE
  if grep -q "^$1=" "$AZAAN_ANSWERS"; then sed -i "s|^$1=.*|$1=$2|" "$AZAAN_ANSWERS"; else echo "$1=$2" >>"$AZAAN_ANSWERS"; fi
}

system() { # system ID VERSION
  printf 'ID=%s\nVERSION_ID="%s"\n' "$1" "$2" >"$OS_RELEASE"
}

program() { # program NAME OUTPUT: stands in for one of the machine
  printf '#!/bin/sh\ncat <<END\n%s\nEND\n' "$2" >"$BATS_TEST_TMPDIR/bin/$1"
  chmod +x "$BATS_TEST_TMPDIR/bin/$1"
}

without_the_file() { sed -n "s|^\(render: \)\?$AZAAN_ANSWERS: ||p"; }

@test "without Node, an operator's answers are judged as the renderer judges them" {
  local round change wanted
  while read -r round; do
    install -m 0600 "$INFRA/azaan.env.example" "$AZAAN_ANSWERS"
    while read -r -d ';' change; do give "${change%%=*}" "${change#*=}"; done <<<"$round;"
    run "$INFRA/render/render.mjs" --answers "$AZAAN_ANSWERS" --out "$BATS_TEST_TMPDIR/out"
    # The renderer names the network that is wrong as well.
    wanted=$(without_the_file <<<"$output" | sed "s/, which .* is not$//")
    [ "$(wrong_answers)" = "$wanted" ] || {
      echo "$round: $(wrong_answers), and the renderer: $wanted"
      return 1
    }
  done <<'END'
DOMAIN=;TURN_DOMAIN=;EMAIL=;PUBLIC_IP=;PRIVATE_IP=10.0.0;ADMIN_CIDRS=0.0.0.0/0;HSTS=;ACME=prod;PROT=4000
DOMAIN=Azaan.example.org;TURN_DOMAIN=turn_1.example.org;EMAIL=foo;PUBLIC_IP=192.0.2.256;ADMIN_CIDRS=198.51.100.0/33;HSTS=yes;PORT=4000
DOMAIN=localhost;EMAIL=a@b;PUBLIC_IP=192.0.2;ADMIN_CIDRS=203.0.113.7,198.51.100.7;TURN_URLS=turn:turn.example.org
DOMAIN=-a.example.org;PUBLIC_IP=01.2.3.4;ADMIN_CIDRS=203.0.113.7 198.51.100.7/24
DOMAIN=192.0.2.1;ADMIN_CIDRS=203.0.113.130/25
ADMIN_CIDRS=203.0.113.7/32 203.0.113.7
TURN_DOMAIN=azaan.example.org
DOMAIN=a.example.org;EMAIL=a.b+c@mail.example.org;PUBLIC_IP=9.9.0.10;PRIVATE_IP=10.0.0.4;HSTS=on;ACME=staging;ADMIN_CIDRS=;LOG_LEVEL=loud
ADMIN_CIDRS=203.0.113.7 198.51.100.0/24;PRIVATE_IP=
ADMIN_CIDRS=128.0.0.0/1
END
}

@test "a slip in a name is told, and so is a line that makes this server and is not there" {
  sed -i 's/^EMAIL=/E_MAIL=/; /^PUBLIC_IP=/d; /^ACME=/d' "$AZAAN_ANSWERS"
  run wrong_answers
  [ "$output" = "E_MAIL is no variable of infra/azaan.env.example or .env.example
EMAIL is missing
PUBLIC_IP is missing" ]
}

@test "answers that others may read stop it" {
  chmod 0644 "$AZAAN_ANSWERS"
  run look_at_answers
  [[ $output == *"✗ $AZAAN_ANSWERS holds secrets"* ]]
}

@test "Telegram stops it where the packaged Alertmanager cannot write there" {
  give TELEGRAM_CHAT_ID -100
  give TELEGRAM_BOT_TOKEN 1:a
  run look_at_answers
  [[ $output != *Telegram* ]]
  system ubuntu 22.04
  run look_at_answers
  [[ $output == *'✗ '*'cannot write to Telegram'* ]]
}

@test "another system than those that it was made for stops it" {
  system ubuntu 24.10
  run look_at_system
  [[ $output == *'✗ ubuntu 24.10: made for Ubuntu 22.04 and 24.04, Debian 12 and 13'* ]]
}

@test "too little memory or disk stops it, and less than planned does not" {
  program awk 1000
  program df ' 7G'
  run look_at_size
  [[ $output == *'✗ 1000 MB of memory: 1800 are the least'* ]]
  [[ $output == *'✗ 7 GB free on /: 8 are the least'* ]]
  program awk 3800
  program df ' 40G'
  run look_at_size
  [[ $output == *'? 3800 MB of memory'* && $output == *'? 40 GB free on /'* && $output != *✗* ]]
}

@test "names must be this machine's address, in the DNS and not in /etc/hosts, and the machine must have it" {
  give PUBLIC_IP 192.0.2.10
  program ip '2: eth0    inet 10.0.0.4/24 brd 10.0.0.255 scope global eth0'
  program getent '127.0.1.1 STREAM'
  run look_at_names
  [[ $output == *'✗ azaan.example.org is 127.0.1.1 by /etc/hosts'* ]]
  [[ $output == *'✗ this machine does not have 192.0.2.10'* ]]
  program getent '192.0.2.99 STREAM'
  run look_at_names
  [[ $output == *'✗ azaan.example.org is 192.0.2.99 in the DNS, and not 192.0.2.10'* ]]
  give PRIVATE_IP 10.0.0.4
  program getent '192.0.2.10 STREAM'
  run look_at_names
  [[ $output == *'✓ turn.example.org is 192.0.2.10'* && $output == *'✓ this machine has 10.0.0.4'* && $output != *✗* ]]
}

@test "sshd on another port than the firewall opens stops it" {
  program sshd 'port 2222'
  run look_at_port_of_ssh
  [[ $output == *'✗ sshd is set to port 2222'* ]]
  program sshd 'port 2222
port 22'
  run look_at_port_of_ssh
  [ -z "$output" ]
}
