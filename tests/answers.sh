# What the two tests of answers share: shops of real data, trained, and asked (tests/cli/answers.c and
# questions.c hold every answer against the lists).

# relay COMMAND...: runs a program that prints TAP without a plan, its cases as cases of this test.
relay() {
    relay_status=0
    "$@" >"$scratch/relay" 2>&1 </dev/null || relay_status=$?
    while IFS= read -r line; do
        case $line in
        'ok - '*) pass "$shop: ${line#ok - }" ;;
        'not ok - '*) fail "$shop: ${line#not ok - }" ;;
        *) diag "${line#\# }" ;;
        esac
    done <"$scratch/relay"
    [ "$relay_status" -eq 0 ] || grep -q '^not ok' "$scratch/relay" || fail "$shop: $1 ends with $relay_status"
}

# $between are the two models whose lists are compared; questions to everybody go to the first.
between='hybrid item-cf'

# ask_shop NAME PATH PAIRS SHOPPERS MODELS [HYBRID]: every question to a shop of its own. HYBRID are settings of the
# blend, MODELS the others.
ask_shop() {
    shop=$1
    if ! have_data "$2"; then
        skip "$1" "no $2 in AISLE_DATA"
        return
    fi
    file=$scratch/$1.aisle
    "$AISLE" -d "$file" import "$data" >/dev/null 2>&1
    "$AISLE" -d "$file" train $5 >"$out" 2>"$err" || fail "$1: train $5: $(cat "$err")"
    "$AISLE" -d "$file" train attention --set epochs=1 --set d=16 --set length=20 >"$out" 2>"$err" ||
        fail "$1: train attention: $(cat "$err")"
    "$AISLE" -d "$file" train hybrid ${6-} >"$out" 2>"$err" || fail "$1: train hybrid: $(cat "$err")"
    relay "$AISLE_BUILD/tests/cli/answers" "$file" "$3" 2026 hybrid $5 attention
    relay "$AISLE_BUILD/tests/cli/questions" "$file" "$4" 2026 $between
}

# ask_with_rules NAME PAIRS MODELS: the same pairs where rules are published and lists are diverse.
ask_with_rules() {
    shop="$1 with rules"
    file=$scratch/$1.aisle
    [ -e "$file" ] || return 0
    for setting in mmr=0.3 cap=2; do
        "$AISLE" -d "$file" rules settings $setting >/dev/null
    done
    for rule in 'bury 0.5 where category=Comedy' 'boost 1.3 where category=Drama' 'pin 10 where id=50' \
        'exclude where category=Thriller'; do
        id=$("$AISLE" -d "$file" --json rules add "$rule by \"anna\"" | tr -dc '0-9')
        "$AISLE" -d "$file" rules publish "$id" >/dev/null
    done
    relay "$AISLE_BUILD/tests/cli/answers" "$file" "$2" 7 $3
}
