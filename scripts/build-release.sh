#!/bin/sh
# build-release.sh PRODUCT: a static release program in .build-release, without debugging information, as it is stripped anyway.
#
# With an environment of its own: where any variable has changed since the last build, be it SHLVL, SwiftPM compiles what is C
# anew, and then all that stands on it.
set -eu
swift=${SWIFT:-swift}
for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do
  case $name in
    PATH | HOME | TMPDIR | LANG | *_proxy | *_PROXY | GIT_* | SSL_CERT_* | PKG_CONFIG_* | CC | XDG_CACHE_HOME | XDG_CONFIG_HOME) ;;
    *) unset "$name" ;;
  esac
done
exec "$swift" build --scratch-path .build-release -c release -debug-info-format none --product "$1" -Xswiftc -static-executable
