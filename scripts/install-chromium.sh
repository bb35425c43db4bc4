#!/bin/sh
# Installs the distribution's Chromium and a font for the page tests (test/page), unless it is there. Needs root on Debian or Ubuntu.
set -eu
if [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; then exit 0; fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends chromium fonts-inter fonts-dejavu-core
