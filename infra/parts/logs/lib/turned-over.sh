# shellcheck shell=bash
# Which files are what logrotate made of a log; for the scripts of infra/parts/logs.

# turned_over FOLDER [ARGUMENT...]: find, with these arguments, among what was turned over there, also by its name of earlier
# releases, a number. Links are not followed.
turned_over() {
  local folder=$1
  shift
  find "$folder" -ignore_readdir_race -maxdepth 2 -type f -regextype posix-extended \
    -regex '.*(-[0-9]{8}-[0-9]+|\.[0-9]+)(\.gz)?' "$@"
}

# For find's -regex: what of it the archive gets, once it is compressed.
for_archive() {
  echo '.*/((azaan|letsencrypt|nginx|turnserver)/[^/]+|(auth|fail2ban)\.log)-[0-9]{8}-[0-9]+(\.gz)?'
}
