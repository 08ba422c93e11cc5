#!/bin/sh
# Builds the scorer into scoring/bin, with Swift's own library inside, so that its sandbox needs no toolchain.
# BELLJAR_PACKAGE says where a checkout of Belljar lies; ../../belljar by default.
set -eu
cd "$(dirname "$0")"
swift build -c release --static-swift-stdlib
mkdir -p bin
cp .build/release/score bin/score
