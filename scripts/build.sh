#!/bin/sh
# build.sh release PRODUCT: a static, optimized program in .build-release/release.
# build.sh debug PRODUCT:   a program in .build/debug, built in half the time; part of what the tests are built of.
# build.sh tests:           the tests and all that they are of, in .build/debug.
#
# Without debugging information: releases are stripped, and of the tests nobody looks at it. With an environment of its own: where any
# variable has changed since the last build, be it SHLVL, SwiftPM compiles what is C anew, and then all that stands on it.
set -eu
swift=${SWIFT:-swift}
for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do
  case $name in
    PATH | HOME | TMPDIR | LANG | *_proxy | *_PROXY | GIT_* | SSL_CERT_* | PKG_CONFIG_* | CC | XDG_CACHE_HOME | XDG_CONFIG_HOME) ;;
    *) unset "$name" ;;
  esac
done
case $1 in
  release) set -- --scratch-path .build-release -c release --product "$2" -Xswiftc -static-executable ;;
  debug) set -- --product "$2" ;;
  tests) set -- --build-tests ;;
  *) echo "build: '$1' is not one of release, debug, tests" >&2; exit 64 ;;
esac
exec "$swift" build -debug-info-format none "$@"
