#!/bin/sh
# The reference flow, in steps that a pipeline calls one by one; the ledger lives on a branch of its own.
#   ci/countersign.sh plan FILE     fetches the ledger and saves a plan for review
#   ci/countersign.sh apply FILE    fetches the ledger and applies exactly that plan
#   ci/countersign.sh push          pushes the ledger; call it whatever happened before (if: always())
# COUNTERSIGN_HEAD, where set, is a head of the ledger kept elsewhere: an older copy is refused then.
set -eu

ledger=.countersign/ledger.jsonl
branch=${COUNTERSIGN_LEDGER_BRANCH:-countersign-ledger}

fetch() {
    git fetch --quiet origin "$branch" || {
        echo "no branch $branch: push a first ledger there (countersign ledger init, then $0 push)" >&2
        exit 1
    }
    mkdir -p .countersign
    git show FETCH_HEAD:ledger.jsonl > "$ledger"
}

push() {
    countersign ledger verify
    blob=$(git hash-object -w "$ledger")
    tree=$(printf '100644 blob %s\tledger.jsonl\n' "$blob" | git mktree)
    parent=
    if git fetch --quiet origin "$branch"; then
        [ "$tree" = "$(git rev-parse 'FETCH_HEAD^{tree}')" ] && return 0
        parent="-p $(git rev-parse FETCH_HEAD)"
    fi
    # shellcheck disable=SC2086  # two words, or none
    commit=$(git -c user.name=countersign -c user.email=countersign@localhost \
        commit-tree $parent -m "ledger: after a run" "$tree")
    # Never forced: whoever was faster wins, and this run's ledger is not lost without a word.
    git push --quiet origin "$commit:refs/heads/$branch"
}

case ${1:-} in
plan)
    fetch
    exec countersign plan --out "${2:?a file for the plan}"
    ;;
apply)
    fetch
    # exec: a signal to this process must reach countersign.
    exec countersign apply "${2:?a plan}" --report report.json ${COUNTERSIGN_HEAD:+--expect-head "$COUNTERSIGN_HEAD"}
    ;;
push)
    push
    ;;
*)
    echo "usage: $0 plan FILE | apply FILE | push" >&2
    exit 64
    ;;
esac
