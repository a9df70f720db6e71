#!/bin/sh
# The reference flow: plan, apply exactly that plan, keep the ledger on a branch of its own.
#   ci/countersign.sh plan     shows what an apply would do
#   ci/countersign.sh apply    plans, applies, and pushes the ledger whatever happened
set -eu

ledger=.countersign/ledger.jsonl
branch=${COUNTERSIGN_LEDGER_BRANCH:-countersign-ledger}

fetch_ledger() {
    git fetch --quiet origin "$branch" || { echo "no branch $branch: push a first ledger there (countersign ledger init)" >&2; exit 1; }
    mkdir -p .countersign
    git show "FETCH_HEAD:ledger.jsonl" > "$ledger"
    parent=$(git rev-parse FETCH_HEAD)
}

push_ledger() {
    countersign ledger verify
    blob=$(git hash-object -w "$ledger")
    tree=$(printf '100644 blob %s\tledger.jsonl\n' "$blob" | git mktree)
    [ "$tree" = "$(git rev-parse "$parent^{tree}")" ] && return 0
    commit=$(git -c user.name=countersign -c user.email=countersign@localhost commit-tree -p "$parent" -m "ledger: after an apply" "$tree")
    git push --quiet origin "$commit:refs/heads/$branch"
}

fetch_ledger
case ${1:-plan} in
plan)
    countersign plan
    ;;
apply)
    plan=$(mktemp)
    countersign plan --out "$plan"
    head=$(tail -n 1 "$ledger" | sed 's/.*"hash":"\([^"]*\)".*/\1/')
    code=0
    countersign apply "$plan" --expect-head "$head" || code=$?
    push_ledger
    exit "$code"
    ;;
*)
    echo "usage: $0 plan|apply" >&2
    exit 64
    ;;
esac
