#!/usr/bin/env bash
# Tests that need programs from the system: Chromium, coturn, nginx, systemd and others, all of them real. What is missing is
# installed with apt-get, as root, and told. infra/init.sh is tried on machines of its own, from the archives of Debian and Ubuntu.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."

need() { # need COMMAND-OR-FILE PACKAGE: of a file, * stands for anything
  command -v "$1" >/dev/null 2>&1 || compgen -G "$1" >/dev/null && return
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "test:system needs $1: install the package $2, or run as root on Debian or Ubuntu." >&2
    exit 1
  fi
  echo "test:system installs $2 (apt-get), because $1 is missing"
  [ -n "${apt_lists_read:-}" ] || { apt-get update -qq && apt_lists_read=1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

programs=(chromium turnserver:coturn prometheus prometheus-{alertmanager,blackbox-exporter,node-exporter} jq rsyslogd:rsyslog
  nginx:libnginx-mod-stream curl openssl ip:iproute2 sqlite3 shellcheck certbot pebble fail2ban-client:fail2ban
  sshd:openssh-server logrotate rclone unattended-upgrade:unattended-upgrades ufw systemd-analyze:systemd bats sslscan
  slowhttptest ssh-audit certutil:libnss3-tools iptables debootstrap systemd-nspawn:systemd-container gpg:gnupg
  firefox-esr go:golang-go /usr/share/gocode/src/github.com/pion/webrtc:golang-github-pion-webrtc.v3-dev
  /usr/lib/python3/dist-packages/{aiortc:python3-aiortc,gi/__init__.py:python3-gi}
  '/usr/lib/*/gstreamer-1.0/libgstwebrtc.so:gstreamer1.0-plugins-bad' '/usr/lib/*/gstreamer-1.0/libgstrtpmanager.so:gstreamer1.0-plugins-good'
  '/usr/lib/*/gstreamer-1.0/libgstnice.so:gstreamer1.0-nice' '/usr/lib/*/girepository-1.0/GstWebRTC-1.0.typelib:gir1.2-gst-plugins-bad-1.0')
for each in "${programs[@]}"; do need "${each%:*}" "${each#*:}"; done
# The tests start their own; what a package started for the machine goes.
if [ -n "${apt_lists_read:-}" ] && [ -d /run/systemd/system ]; then systemctl disable --quiet --now coturn prometheus prometheus-{alertmanager,blackbox-exporter,node-exporter} || true; fi

exec npx vitest run --project browser --project 'system*' "$@"
