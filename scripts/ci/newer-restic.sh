#!/usr/bin/env bash
# Brings the restic of Debian's unstable suite beside the system's own, without touching the system: usage: newer-restic.sh FOLDER
# Prints the path of the program. It is static, so it runs on any release.
set -euo pipefail
folder=$1
mkdir -p "$folder"/{lists/partial,cache/archives/partial,deb}
if [ ! -x "$folder/restic" ]; then
  mirror=$(sed -n 's/^URIs: *\([^ ]*\/debian\)\/\{0,1\}$/\1/p;s/^deb *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\/debian\)\/\{0,1\} .*/\2/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -1 || true)
  [ -n "$mirror" ] || { echo 'no Debian mirror is configured' >&2; exit 1; }
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror unstable main" >"$folder/sources.list"
  private=(-o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$folder/lists"
    -o "Dir::Cache=$folder/cache" -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o APT::Sandbox::User=root)
  apt-get "${private[@]}" update -qq >&2
  (cd "$folder/deb" && apt-get "${private[@]}" download -qq restic >&2)
  dpkg-deb -x "$folder"/deb/restic_*.deb "$folder/deb/root"
  mv "$folder/deb/root/usr/bin/restic" "$folder/restic"
fi
echo "$folder/restic"
