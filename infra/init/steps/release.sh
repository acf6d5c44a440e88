# shellcheck shell=bash

CHECKOUT=$(cd "$INFRA/.." && pwd)
RELEASES=/opt/azaan-relay/releases
CURRENT=/opt/azaan-relay/current
# So many stay, for going back.
KEPT_RELEASES=3

# As the checkout's owner: git reads nobody else's.
git_of_checkout() { runuser -u "$(stat -c %U "$CHECKOUT")" -- git -C "$CHECKOUT" "$@"; }

# A release knows its name; a checkout has that of its commit.
release_name() { cat "$CHECKOUT/RELEASE" 2>/dev/null || git_of_checkout describe --always --tags --abbrev=12; }

# From its own home: it may not look into the operator's.
as_relay_user() { runuser -u "$RELAY_USER" -- env --chdir="/home/$RELAY_USER" "$@"; }

release_is_built() { [ -f "$RELEASES/$1/dist/main.js" ]; }

# Built where nobody looks, by a user who may break nothing, and moved when it is whole.
build_release() { # build_release NAME
  local building=/opt/azaan-relay/building
  rm -rf "$building"
  install -d -o "$RELAY_USER" -g "$RELAY_USER" "$building"
  git_of_checkout archive HEAD | as_relay_user tar -x -C "$building"
  as_relay_user "HOME=/home/$RELAY_USER" npm --prefix "$building" ci --no-audit --no-fund
  as_relay_user "HOME=/home/$RELAY_USER" npm --prefix "$building" run build
  as_relay_user "HOME=/home/$RELAY_USER" npm --prefix "$building" prune --omit=dev --no-audit --no-fund
  as_relay_user "$building/infra/assets/prepare.mjs" "$building" "$1"
  echo "$1" >"$building/RELEASE"
  chown -R root:root "$building"
  mv -T "$building" "$RELEASES/$1"
}

is_current() { [ "$(readlink "$CURRENT")" = "releases/$1" ]; }
make_current() {
  ln -sfn "releases/$1" "$CURRENT.new"
  mv -T "$CURRENT.new" "$CURRENT"
}

# Newest first, without the one that runs.
old_releases() {
  find "$RELEASES" -mindepth 1 -maxdepth 1 -printf '%T@ %f\n' | sort -rn | cut -d ' ' -f 2- |
    grep -vxF "$(basename "$(readlink "$CURRENT")")" | tail -n "+$KEPT_RELEASES"
}
are_few() { [ -z "$(old_releases)" ]; }
drop_old() {
  local name
  while read -r name; do rm -rf "${RELEASES:?}/$name"; done < <(old_releases)
}

step_release() {
  local name
  name=$(release_name)
  ensure "release $name" release_is_built build_release "$name"
  ensure "release $name is the current one" is_current make_current "$name"
  ensure "no more than $KEPT_RELEASES releases" are_few drop_old
}
