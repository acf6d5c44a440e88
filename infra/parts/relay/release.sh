# shellcheck shell=bash

CHECKOUT=$(cd "$INFRA/.." && pwd)
RELEASES=/opt/azaan-relay/releases
CURRENT=/opt/azaan-relay/current
# What Node compiled, see ecosystem.config.js.
COMPILED=/home/fillmasjid/.cache/azaan-relay
BUILDING=/opt/azaan-relay/building
# So many stay, for going back.
KEPT_RELEASES=3
LAYOUT=$(value_in "$INFRA/azaan.env.example" LAYOUT)

# As the checkout's owner: git reads nobody else's.
git_of_checkout() { runuser -u "$(stat -c %U "$CHECKOUT")" -- git -C "$CHECKOUT" "$@"; }

# A release knows its name; a checkout has that of its commit.
release_name() { cat "$CHECKOUT/RELEASE" 2>/dev/null || git_of_checkout describe --always --tags --abbrev=12; }

# In a folder that it owns: it may not look into the operator's.
as_relay_user() { runuser -u "$RELAY_USER" -- env --chdir="$BUILDING" "HOME=$BUILDING/home" "$@"; }

release_is_built() { [ -f "$RELEASES/$1/dist/main.js" ]; }

# What the build makes. All else of a release comes from the checkout.
MADE=(dist node_modules public)

# Built where nobody looks, by a user who may break nothing, and moved when it is whole. The relay runs as the same user and
# may have been taken over: its home has no say here, root runs nothing that it could have changed, and it may change nothing.
build_release() { # build_release NAME
  local whole=/opt/azaan-relay/whole
  rm -rf "$BUILDING" "$whole"
  install -d -o "$RELAY_USER" -g "$RELAY_USER" "$BUILDING"
  as_relay_user mkdir home release
  git_of_checkout archive HEAD | as_relay_user tar -x -C release
  as_relay_user npm --prefix release ci --no-audit --no-fund
  as_relay_user npm --prefix release run build
  as_relay_user npm --prefix release prune --omit=dev --no-audit --no-fund
  as_relay_user release/infra/parts/relay/prepare-assets.mjs release "$1"

  install -d -m 0755 "$whole"
  git_of_checkout archive HEAD | tar -x --no-same-owner -C "$whole"
  as_relay_user tar -c -C release "${MADE[@]}" | tar -x --no-same-owner -C "$whole" "${MADE[@]}"
  chmod -R u=rwX,go=rX "$whole"
  echo "$1" >"$whole/RELEASE"
  rm -rf "$BUILDING"
  mv -T "$whole" "$RELEASES/$1"
}

# Of the release that will be current: with --check, links stay as they are.
current_release() { echo "${NEXT_RELEASE:-$(basename "$(readlink "$CURRENT")")}"; }

is_linked() { [ "$(readlink "$CURRENT")" = "releases/$1" ]; }
# With --check, part base has said whether units will be read.
is_current() {
  is_rendered --callers && { [ "$CHECK" = yes ] || units_are_read; } && is_linked "$1" &&
    [ "$(value_in "$AZAAN_ANSWERS" LAYOUT)" = "$LAYOUT" ]
}
# All at once, because timers go on: units call scripts of the release by their paths.
make_current() {
  put_files --callers
  # Another release has other paths, and makes its own.
  is_linked "$1" || runuser -u "$RELAY_USER" -- rm -rf "$COMPILED"
  ln -sfn "releases/$1" "$CURRENT.new"
  mv -T "$CURRENT.new" "$CURRENT"
  systemctl daemon-reload
  # From now on, releases that would lay the files out otherwise refuse these answers.
  put_answer LAYOUT "$LAYOUT"
}

# Newest first, without the one that runs.
old_releases() {
  find "$RELEASES" -mindepth 1 -maxdepth 1 -printf '%T@ %f\n' | sort -rn | cut -d ' ' -f 2- |
    grep -vxF "$(current_release)" | tail -n "+$KEPT_RELEASES"
}
are_few() { [ -z "$(old_releases)" ]; }
drop_old() {
  local name
  while read -r name; do rm -rf "${RELEASES:?}/$name"; done < <(old_releases)
}

ensure_release() {
  local name
  name=$(release_name)
  ensure "release $name" release_is_built build_release "$name"
  [ "$CHECK" = yes ] || accept_settings "$name"
  ensure "release $name is the current one, with its units and settings" is_current make_current "$name"
  NEXT_RELEASE=$name
  ensure "no more than $KEPT_RELEASES releases" are_few drop_old
}
