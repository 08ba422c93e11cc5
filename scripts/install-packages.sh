#!/bin/sh
# install-packages WHO PACKAGE...: installs what is missing of these Debian packages, and says so in WHO's name. Fails where
# that needs root and there is no sudo.
set -eu
who=$1
shift
missing=""
for package; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "$who: nothing to install"
  exit 0
fi
if [ "$(id -u)" -eq 0 ]; then become=""
elif command -v sudo >/dev/null; then become="sudo"
else
  echo "$who: missing packages:$missing" >&2
  echo "$who: as root, run: apt-get install$missing" >&2
  exit 1
fi
echo "$who: installing Debian packages:$missing"
$become apt-get update -qq
# shellcheck disable=SC2086 # a list
$become env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
