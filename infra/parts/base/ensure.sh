# shellcheck shell=bash

for file in packages time node accounts files; do
  # shellcheck source=/dev/null
  source "$INFRA/parts/base/$file.sh"
done

ensure_base() {
  ensure_packages
  ensure_time
  ensure_node
  ensure_accounts
  ensure_files
}
