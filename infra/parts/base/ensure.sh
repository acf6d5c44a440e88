# shellcheck shell=bash

# shellcheck source=packages.sh
source "$INFRA/parts/base/packages.sh"
# shellcheck source=time.sh
source "$INFRA/parts/base/time.sh"
# shellcheck source=node.sh
source "$INFRA/parts/base/node.sh"
# shellcheck source=accounts.sh
source "$INFRA/parts/base/accounts.sh"
# shellcheck source=files.sh
source "$INFRA/parts/base/files.sh"

ensure_base() {
  ensure_packages
  ensure_time
  ensure_node
  ensure_accounts
  ensure_files
}
