#!/bin/sh
# Everything of this folder, with QuickFIX as the peer: a virtual environment under target/interop, finality in release, one
# line a part at the end. Exits with 1 when a part fails. README.md says more.
#
#   tests/interop/run.sh [PART...]      parts: dictionary sessions initiator acceptor
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root" || exit 1
work=target/interop
mkdir -p "$work"
QUICKFIX=1.16.0

if [ ! -x "$work/venv/bin/python" ]; then
    python3 -m venv "$work/venv" || exit 1
fi
python="$root/$work/venv/bin/python"
"$python" -c "import importlib.metadata as m, sys; sys.exit(m.version('quickfix') != '$QUICKFIX')" 2>/dev/null ||
    "$python" -m pip install --quiet "quickfix==$QUICKFIX" || exit 1
cargo build --release --bin finality || exit 1
cargo build --release -p finality-parsers --example faults || exit 1
target="${CARGO_TARGET_DIR:-$root/target}/release"
QUICKFIX_SPEC=$("$python" -c 'import sys; print(sys.prefix + "/share/quickfix")')
export QUICKFIX_SPEC

failed=0
summary=""
part() {
    name=$1
    shift
    began=$(date +%s)
    echo "== $name"
    if "$@" >"$work/$name.log" 2>&1; then verdict="ok    "; else verdict="FAILED"; failed=1; fi
    tail -n 25 "$work/$name.log"
    summary="$summary$verdict $name, $(($(date +%s) - began)) s: $(grep -v '^ok' "$work/$name.log" | tail -n 1)
"
}

sessions() {
    ports=$("$python" -c "import sys; sys.path.insert(0, '$here'); import harness; print(harness.free_port(), harness.free_port())")
    ours=${ports% *} theirs=${ports#* }
    sed "s/5001/$ours/" samples/fix/echo.toml >"$work/echo.toml"
    FINALITY_LOG=error "$target/finality" fix echo --config "$work/echo.toml" >"$work/echo.log" 2>&1 &
    one=$!
    "$python" "$here/echo_server.py" "$theirs" "$QUICKFIX_SPEC" >"$work/quickfix.log" 2>&1 &
    two=$!
    "$python" -c "import sys; sys.path.insert(0, '$here'); import harness; sys.exit(not harness.listening($ours, $theirs))" ||
        echo "the two engines do not listen: $work/echo.log, $work/quickfix.log"
    "$python" "$here/sessions.py" "$ours" "$theirs" --mutations 3
    code=$?
    kill "$one" "$two"
    return $code
}

for name in ${*:-dictionary sessions initiator acceptor}; do
    case $name in
        dictionary) part dictionary "$python" "$here/dictionary_oracle.py" "$target/examples/faults" ;;
        sessions) part sessions sessions ;;
        initiator) part initiator "$python" "$here/initiator.py" --finality "$target/finality" ;;
        acceptor) part acceptor "$python" "$here/acceptor.py" --finality "$target/finality" ;;
        *) echo "there is no part $name" && exit 2 ;;
    esac
done
echo "== summary"
printf '%s' "$summary"
exit $failed
