#!/bin/sh
# Installs what Belljar is built from, where it is missing: Debian packages only. Says what it does.
set -eu
command -v swift >/dev/null || { echo "setup: Swift 6.3 is needed on PATH; see https://swift.org/install" >&2; exit 1; }
exec sh "$(dirname "$0")/install-packages.sh" setup \
  libseccomp-dev libcap-dev libexpat1-dev libsqlite3-dev libsodium-dev zlib1g-dev libssl-dev libyaml-dev gcc make git pkg-config
