#!/bin/sh
# Installs what Belljar is built from, where it is missing: Debian packages only. Says what it does.
set -eu
packages="libseccomp-dev libcap-dev libexpat1-dev libsqlite3-dev libsodium-dev gcc make git pkg-config"
missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
command -v swift >/dev/null || { echo "setup: Swift 6.3 is needed on PATH; see https://swift.org/install" >&2; exit 1; }
if [ -z "$missing" ]; then
  echo "setup: nothing to install"
  exit 0
fi
if [ "$(id -u)" -eq 0 ]; then become=""
elif command -v sudo >/dev/null; then become="sudo"
else
  echo "setup: missing packages:$missing" >&2
  echo "setup: as root, run: apt-get install$missing" >&2
  exit 1
fi
echo "setup: installing Debian packages:$missing"
$become apt-get update -qq
$become env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
