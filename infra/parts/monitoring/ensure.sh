# shellcheck shell=bash

PROMETHEUS_FILES=(/etc/default/prometheus /etc/prometheus/prometheus.yml /etc/prometheus/rules)
ALERTMANAGER_FILES=(/etc/default/prometheus-alertmanager /etc/prometheus/{alertmanager.yml,slack-url,templates})

start_prometheus() {
  promtool check config /etc/prometheus/prometheus.yml
  start "$@"
}
start_alertmanager() {
  amtool check-config /etc/prometheus/alertmanager.yml
  start "$@"
}

ensure_monitoring() {
  ensure 'node_exporter' is_up start prometheus-node-exporter /etc/default/prometheus-node-exporter
  ensure 'blackbox exporter' is_up start prometheus-blackbox-exporter \
    /etc/default/prometheus-blackbox-exporter /etc/prometheus/blackbox.yml
  ensure 'Alertmanager' is_up start_alertmanager prometheus-alertmanager "${ALERTMANAGER_FILES[@]}"
  ensure 'Prometheus' is_up start_prometheus prometheus "${PROMETHEUS_FILES[@]}"
  ensure_timers azaan-textfile.timer
}
