#!/usr/bin/env bash
# Tests that need programs from the system: Chromium, coturn, nginx, systemd and others, all of them real. What is missing is
# installed with apt-get, as root, and told. infra/init.sh is tried on machines of its own, from the archives of Debian and Ubuntu.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."

need() { # need COMMAND PACKAGE
  command -v "$1" >/dev/null 2>&1 && return
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "test:system needs $1: install the package $2, or run as root on Debian or Ubuntu." >&2
    exit 1
  fi
  echo "test:system installs $2 (apt-get), because $1 is missing"
  [ -n "${apt_lists_read:-}" ] || { apt-get update -qq && apt_lists_read=1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

need chromium chromium
need turnserver coturn
need prometheus prometheus
need prometheus-alertmanager prometheus-alertmanager
need prometheus-blackbox-exporter prometheus-blackbox-exporter
need prometheus-node-exporter prometheus-node-exporter
need jq jq
need rsyslogd rsyslog
need nginx libnginx-mod-stream
need curl curl
need openssl openssl
need ip iproute2
need sqlite3 sqlite3
need shellcheck shellcheck
need certbot certbot
need pebble pebble
need fail2ban-client fail2ban
need sshd openssh-server
need logrotate logrotate
need rclone rclone
need unattended-upgrade unattended-upgrades
need ufw ufw
need systemd-analyze systemd
need bats bats
need sslscan sslscan
need slowhttptest slowhttptest
need ssh-audit ssh-audit
need certutil libnss3-tools
need iptables iptables
need debootstrap debootstrap
need systemd-nspawn systemd-container
need gpg gnupg
# The tests start their own; what a package started for the machine goes.
if [ -n "${apt_lists_read:-}" ] && [ -d /run/systemd/system ]; then systemctl disable --quiet --now coturn prometheus prometheus-{alertmanager,blackbox-exporter,node-exporter} || true; fi

exec npx vitest run --project browser --project 'system*' "$@"
