#!/usr/bin/env bash
# Runs scenarios, or every test of the project. Does all set-up first.
#
#   ./run-tests.sh                       every test: check, lint, proofs, all scenarios
#   ./run-tests.sh [OPTIONS] FILE.scn... these scenarios only; OPTIONS go to `vipdrill run`
#   ./run-tests.sh --set-up              the set-up alone
#
# Set-up installs the Debian packages of tools/packages that are missing (as root, or through sudo,
# and says so), builds the programs, and builds the lab kernel if it is not in the cache
# (about four minutes, once). Nothing else has to be typed on a fresh machine.
#
# Exit codes: 0 all passed, 1 a check failed, 2 bad usage or scenario, 3 unknown or could not run,
# 4 skipped. Every test run ends in a line `N passed, N failed, N skipped`.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

say() { printf '%s\n' "$*" >&2; }

usage() { sed -n '2,15s/^# \{0,1\}//p' "$0"; }

packages_missing() { # FILE...
    local wanted have
    wanted=$(sed -e 's/#.*//' -e '/^ *$/d' "$@" | sort -u)
    # shellcheck disable=SC2016,SC2086  # dpkg-query's own format; package names hold no blanks
    have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
        sed -n 's/^installed //p' | sort -u)
    comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$have")
}

# A package that brings a service must not start it here: the lab runs its own copies.
as_root_install() {
    local sudo='' policy=/usr/sbin/policy-rc.d made=''
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || {
            say "These Debian packages are missing, and there is no sudo to install them with:"
            say "  apt-get install $*"
            exit 3
        }
        sudo=sudo
        say "Using sudo to install: $*"
    else
        say "Installing: $*"
    fi
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
        $sudo chmod 755 $policy
        made=1
    fi
    local rc=0
    { $sudo apt-get update -qq &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
        </dev/null >&2 || rc=$?
    [ -z "$made" ] || $sudo rm -f $policy
    if [ -d /run/systemd/system ]; then
        local p
        for p in "$@"; do
            case $p in nginx | keepalived)
                say "Leaving the new service $p disabled on this machine."
                $sudo systemctl disable --quiet "$p" || true
                ;;
            esac
        done
    fi
    return $rc
}

set_up() { # PACKAGE-LIST...
    command -v dpkg-query >/dev/null || {
        say "run-tests.sh: this set-up needs Debian (dpkg, apt-get); see README.md for what to install"
        exit 3
    }
    local missing
    missing=$(packages_missing "$@")
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086
        as_root_install $missing
    fi
    make -s -j"$(nproc)" all
    netns/kernel/build
}

case ${1-} in
-h | --help)
    usage
    exit 0
    ;;
--set-up)
    set_up tools/packages
    exit 0
    ;;
'')
    set_up tools/packages tools/packages-lint
    exec tools/test-all
    ;;
esac

set_up tools/packages
exec build/bin/vipdrill run "$@"
