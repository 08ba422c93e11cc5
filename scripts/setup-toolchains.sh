#!/bin/sh
# Installs the toolchains that fixtures/toolchains tries and this machine lacks: Debian packages only, about 400 MB. Not needed
# to use Belljar: a test whose toolchain is missing says so and skips by name. Swift comes with Belljar's own build.
set -eu
missing=""
need() { # PROGRAM-OR-FILE PACKAGE...
  if [ "${1#/}" != "$1" ]; then [ -e "$1" ] && return; else command -v "$1" >/dev/null && return; fi
  shift
  missing="$missing $*"
}
need gcc gcc libc6-dev
need make make
need cmake cmake
need clang clang
need cargo cargo
# An ordinary user can't read root's rustup.
[ "$(id -u)" != 0 ] || need /usr/bin/cargo cargo
need node nodejs
need javac default-jdk-headless
need mvn maven
maven=/usr/share/maven-repo/org/apache/maven
need $maven/surefire/surefire-junit4 libsurefire-java
need $maven/plugins/maven-compiler-plugin libmaven-compiler-plugin-java
need $maven/plugins/maven-resources-plugin libmaven-resources-plugin-java
need /usr/share/maven-repo/junit/junit/4.x junit4
need python3 python3 python3-venv
need prove perl
need git git
if [ -z "$missing" ]; then
  echo "setup-toolchains: nothing to install"
  exit 0
fi
# shellcheck disable=SC2086 # a list
sh "$(dirname "$0")/install-packages.sh" setup-toolchains $missing || echo "setup-toolchains: going on without" >&2
