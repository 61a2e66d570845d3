# kill -9 at random instants, for tests/cli/kill.test (a few times) and tests/long/kill.test (fifty).
#
# A killed import leaves all of its file or nothing of it; a killed training leaves a whole run or
# none, and whatever was served before is served still; one that goes on from its last checkpoint
# ends in the same bits as if it had never been killed.

# nap_below MICROSECONDS: sleeps for a time drawn from a sequence that is the same every time.
dice=1
nap_below() {
    dice=$(((dice * 1103515245 + 12345) % 2147483648))
    sleep "$(awk -v d="$dice" -v m="$1" 'BEGIN { printf "%.4f", d / 2147483648 * m / 1000000 }')"
}

# seconds_of COMMAND...: how long it takes, in microseconds.
span_of() {
    span_begin=$(date +%s%N)
    "$@" >/dev/null 2>&1
    echo $((($(date +%s%N) - span_begin) / 1000))
}

# number FILE KEY: a number of stats --json.
number() {
    "$AISLE" -d "$1" stats --json 2>/dev/null | sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p"
}

# kill_imports TIMES
kill_imports() {
    rows=40000
    awk -v n=$rows 'BEGIN {
        print "user_id,item_id,timestamp"
        for (i = 0; i < n; i++) print "u" i % 997 ",i" i * 7 % 499 "," 1600000000 + i }' >"$scratch/big.csv"
    span=$(span_of "$AISLE" -d "$scratch/time.aisle" import "$scratch/big.csv")
    bad=0 none=0 all=0
    for _ in $(seq "$1"); do
        rm -f "$scratch"/k.aisle*
        "$AISLE" -d "$scratch/k.aisle" import "$scratch/big.csv" >/dev/null 2>&1 &
        nap_below $((span * 12 / 10))
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
        [ -e "$scratch/k.aisle" ] || continue
        case $(number "$scratch/k.aisle" events) in
        0) none=$((none + 1)) ;;
        "$rows") all=$((all + 1)) ;;
        "")
            # Killed while the file itself was being made: the next import makes it.
            "$AISLE" -d "$scratch/k.aisle" import "$scratch/big.csv" >/dev/null 2>&1
            [ "$(number "$scratch/k.aisle" events)" = "$rows" ] || bad=$((bad + 1))
            ;;
        *) bad=$((bad + 1)) ;;
        esac
    done
    diag "imports: $none with nothing, $all with everything"
    is "a killed import leaves all or nothing" "$bad" 0
    "$AISLE" -d "$scratch/k.aisle" import "$scratch/big.csv" >/dev/null 2>&1
    is "the same import completes it" "$(number "$scratch/k.aisle" events)" "$rows"
}

# runs_of FILE: how many runs there are.
runs_of() {
    "$AISLE" -d "$1" runs --json 2>/dev/null | grep -o '"run":' | wc -l | tr -d ' '
}

# kill_saves TIMES
kill_saves() {
    file=$scratch/r.aisle
    "$AISLE" generate --users 400 --items 300 --events 20000 "$file" >/dev/null
    "$AISLE" -d "$file" train item-cf >/dev/null
    "$AISLE" -d "$file" recommend 1 -m item-cf | tail -n +2 >"$scratch/before"
    span=$(span_of "$AISLE" -d "$file" train item-cf)
    bad=0
    for _ in $(seq "$1"); do
        "$AISLE" -d "$file" train item-cf >/dev/null 2>&1 &
        nap_below $((span * 12 / 10))
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
        "$AISLE" -d "$file" recommend 1 -m item-cf 2>"$err" | tail -n +2 >"$scratch/after"
        cmp -s "$scratch/before" "$scratch/after" || bad=$((bad + 1))
    done
    diag "runs: $(runs_of "$file") of $(($1 + 2))"
    is "a killed training leaves a whole run or none" "$bad" 0
}

# Some seconds, a checkpoint a second.
training="train attention --set epochs=100 --set patience=100 --seed 5"

# checksums_of FILE: those of all runs, each once.
checksums_of() {
    for run in $(seq "$(runs_of "$1")"); do
        "$AISLE" -d "$1" runs show "$run" --json | sed 's/.*"checksum":"\([0-9a-f]*\)".*/\1/'
    done | sort -u
}

# is_stopped FILE: whether a training left a checkpoint.
is_stopped() {
    "$AISLE" -d "$1" jobs 2>/dev/null | grep -q '^stopped'
}

# kill_trainings TIMES: what is trained after kills has the same bits as if nothing had happened.
# Every other kill waits for the first checkpoint.
kill_trainings() {
    file=$scratch/t.aisle
    "$AISLE" generate --users 300 --items 200 --events 9000 --seed 3 "$file" >/dev/null
    cp "$file" "$scratch/whole.aisle"
    span=$(span_of "$AISLE" -d "$scratch/whole.aisle" $training)
    wanted=$(checksums_of "$scratch/whole.aisle")
    stopped=0
    for kill in $(seq "$1"); do
        "$AISLE" -d "$file" $training >/dev/null 2>&1 &
        if [ $((kill % 2)) -eq 0 ]; then
            nap_below "$span"
        else
            while kill -0 $! 2>/dev/null && ! is_stopped "$file"; do sleep 0.1; done
            nap_below 300000
        fi
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
        ! is_stopped "$file" || stopped=$((stopped + 1))
    done
    "$AISLE" -d "$file" $training >/dev/null 2>&1
    diag "trainings: $(runs_of "$file") finished, $stopped of $1 kills left a checkpoint, $((span / 1000)) ms each"
    ok "some kills leave a checkpoint" test "$stopped" -gt 0
    is "a training that goes on after kills gives the same bits" "$(checksums_of "$file")" "$wanted"
}

# Two programs write into one file at once: both are in at the end.
two_writers() {
    awk 'BEGIN { print "user_id,item_id,timestamp"
        for (i = 0; i < 20000; i++) print "a" i % 97 ",x" i % 31 "," 1600000000 + i }' >"$scratch/a.csv"
    sed 's/^a/b/' "$scratch/a.csv" >"$scratch/b.csv"
    for end in a b; do
        "$AISLE" -d "$scratch/two.aisle" import "$scratch/$end.csv" >"$scratch/$end.out" 2>&1 &
        eval "pid_$end=\$!"
    done
    wait "$pid_a"; status_a=$?
    wait "$pid_b"; status_b=$?
    diag "exit $status_a, $status_b"
    is "two writers: both are in" "$(number "$scratch/two.aisle" events)" 40000
    is "two writers: both succeed" "$status_a $status_b" "0 0"
}
