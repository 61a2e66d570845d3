# The shell tests' few words, in TAP. A test is an executable file that begins
#
#     #!/bin/sh
#     . "$(dirname "$0")/../lib.sh"
#
# says things such as
#
#     run "$AISLE" --version                       # fills $status, $out and $err (files)
#     is "exit status" "$status" 0
#     ok "the version is printed" grep -q '^aisle ' "$out"
#
# and ends with `done_testing`. Without that last line the test counts as broken, so a script
# that dies half-way is never taken for a success.
#
# Given: AISLE (the program), AISLE_SOURCE (the source tree), AISLE_DATA (real data sets, may be
# absent), AISLE_SANITIZERS (what the build checks, or "no"), and $scratch, an empty folder that
# is removed at the end. Home, locale, time zone and colours are the test's own.
set -u

AISLE_SOURCE=${AISLE_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
AISLE_BUILD=${AISLE_BUILD:-$AISLE_SOURCE/build}
AISLE=${AISLE:-$AISLE_BUILD/aisle}
AISLE_DATA=${AISLE_DATA:-$AISLE_SOURCE/../shared/data}
AISLE_SANITIZERS=${AISLE_SANITIZERS:-no}
export AISLE AISLE_BUILD AISLE_SOURCE AISLE_DATA AISLE_SANITIZERS

scratch=$(mktemp -d "${TMPDIR:-/tmp}/aisle-test.XXXXXX") || exit 99
trap 'chmod -R u+w "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
out=$scratch/.out
err=$scratch/.err
mkdir "$scratch/.home"
HOME=$scratch/.home XDG_CONFIG_HOME=$scratch/.home/.config XDG_STATE_HOME=$scratch/.home/.state
XDG_DATA_HOME=$scratch/.home/.data
LC_ALL=C.UTF-8 TZ=UTC
export HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME LC_ALL TZ
unset NO_COLOR COLORTERM COLUMNS LINES
# Answers do not depend on what models of language the machine has: tests that use one ask for it.
language_folder=${AISLE_LANGUAGE:-}
unset AISLE_LANGUAGE

tests=0
failures=0

# diag TEXT...: a remark in the log.
diag() {
    printf '%s\n' "$*" | sed 's/^/# /'
}

# pass DESCRIPTION / fail DESCRIPTION: a case decided by the test itself.
pass() {
    tests=$((tests + 1))
    printf 'ok %d - %s\n' "$tests" "$1"
}

fail() {
    tests=$((tests + 1))
    failures=$((failures + 1))
    printf 'not ok %d - %s\n' "$tests" "$1"
}

# run COMMAND...: runs it with no input; $status, and its output in the files $out and $err.
run() {
    status=0
    "$@" </dev/null >"$out" 2>"$err" || status=$?
}

# ok DESCRIPTION COMMAND...: holds when the command succeeds.
ok() {
    ok_what=$1
    shift
    ok_status=0
    "$@" >"$scratch/.ok" 2>&1 </dev/null || ok_status=$?
    if [ "$ok_status" -eq 0 ]; then
        pass "$ok_what"
    else
        fail "$ok_what"
        diag "exit status $ok_status of: $*"
        head -n 40 "$scratch/.ok" | sed 's/^/#   /'
    fi
}

# not_ok DESCRIPTION COMMAND...: holds when the command fails.
not_ok() {
    not_what=$1
    shift
    if "$@" >"$scratch/.ok" 2>&1 </dev/null; then
        fail "$not_what"
        diag "should have failed: $*"
    else
        pass "$not_what"
    fi
}

# is DESCRIPTION GOT WANTED: holds when the two texts are equal.
is() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1"
        diag "got:"
        printf '%s\n' "$2" | head -n 40 | sed 's/^/#   /'
        diag "wanted:"
        printf '%s\n' "$3" | head -n 40 | sed 's/^/#   /'
    fi
}

# same DESCRIPTION GOT-FILE WANTED-FILE: holds when the two files are equal.
same() {
    if diff -u "$3" "$2" >"$scratch/.diff" 2>&1; then
        pass "$1"
    else
        fail "$1"
        head -n 60 "$scratch/.diff" | sed 's/^/#   /'
    fi
}

# has DESCRIPTION FILE TEXT: holds when a line of the file contains the text, taken literally.
has() {
    if grep -qF -e "$3" "$2"; then
        pass "$1"
    else
        fail "$1"
        diag "no line contains: $3"
        head -n 40 "$2" | sed 's/^/#   /'
    fi
}

# skip DESCRIPTION REASON: a case that cannot be tried here.
skip() {
    tests=$((tests + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tests" "$1" "$2"
}

# skip_all REASON: nothing in this file can be tried here. Before the first case only.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# need PROGRAM...: skips the whole file where one of them is not installed.
need() {
    for need_it; do
        command -v "$need_it" >/dev/null 2>&1 || skip_all "$need_it is not installed"
    done
}

# skip_under SANITIZER REASON: skips the whole file in a build with that sanitizer (or "any").
skip_under() {
    case ,$AISLE_SANITIZERS, in
    ,no,) ;;
    *) if [ "$1" = any ]; then skip_all "$2"; fi ;;
    esac
    case ,$AISLE_SANITIZERS, in
    *,"$1",*) skip_all "$2" ;;
    esac
}

# need_data PATH: puts the path of a real data set into $data, or skips the whole file.
need_data() {
    data=$AISLE_DATA/$1
    [ -e "$data" ] || skip_all "no $1 in AISLE_DATA ($AISLE_DATA)"
}

# have_data PATH: the same for one part of a file: puts the path into $data, or fails.
have_data() {
    data=$AISLE_DATA/$1
    [ -e "$data" ]
}

# need_language KIND: uses the models of language that were set up (AISLE_LANGUAGE names their
# folder; share/setup check sets it), or skips the whole file where none is of that kind.
need_language() {
    [ -n "$language_folder" ] || skip_all "AISLE_LANGUAGE names no folder of models"
    AISLE_LANGUAGE=$language_folder
    export AISLE_LANGUAGE
    "$AISLE" language --json 2>/dev/null | grep -q "\"kind\":\"$1\"" ||
        skip_all "no $1 was set up: sh share/setup language gets one"
}

done_testing() {
    echo "1..$tests"
    [ "$failures" -eq 0 ]
    exit
}
