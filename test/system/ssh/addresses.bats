#!/usr/bin/env bats
# Whether an address is in a network, as infra/init.sh asks before it closes ssh to everyone else.

bats_require_minimum_version 1.5.0

setup() {
  source "$BATS_TEST_DIRNAME/../../../infra/lib/init/preflight.sh"
}

@test "an address is in its own network, and a neighbour is not" {
  is_in 198.51.100.7 198.51.100.7/32
  is_in 198.51.100.7 198.51.100.7
  run ! is_in 198.51.100.8 198.51.100.7/32
}

@test "a network holds its first and its last address, and not the one after" {
  is_in 198.51.100.0 198.51.100.0/25
  is_in 198.51.100.127 198.51.100.0/25
  run ! is_in 198.51.100.128 198.51.100.0/25
}

@test "large networks, and addresses above 127.255.255.255, count right" {
  is_in 10.255.255.255 10.0.0.0/8
  is_in 203.0.113.9 128.0.0.0/1
  run ! is_in 11.0.0.0 10.0.0.0/8
}

@test "what is no IPv4 address is in no network" {
  run ! is_in 2001:db8::1 128.0.0.0/1
}
