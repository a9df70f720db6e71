#!/bin/sh
# The reference flow, in steps that a pipeline calls one by one. Ledger and snapshot live on branches of their own.
#   ci/countersign.sh install             fetches countersign from COUNTERSIGN_URL, if it is not there; its
#                                         COUNTERSIGN_SHA256 has to be right
#   ci/countersign.sh review CHANGE FILE  holds the decision files below CHANGE against the last snapshot; FILE gets
#                                         the comment. Needs no key, and takes configuration and script from here,
#                                         which has to be a checkout of the protected branch
#   ci/countersign.sh comment FILE        puts that comment on GitHub's pull request, in place of the one before
#   ci/countersign.sh note FILE           puts it on GitLab's merge request, if there is a COUNTERSIGN_NOTE_TOKEN
#   ci/countersign.sh observe             reads the queues, and pushes the snapshot that reviews are held against
#   ci/countersign.sh plan FILE           fetches the ledger, saves a plan, and says whether there is something to do
#   ci/countersign.sh summary FILE        prints that plan for whoever lets it through
#   ci/countersign.sh apply FILE          fetches the ledger, and applies exactly that plan
#   ci/countersign.sh push                pushes the ledger; call it whatever happened before (if: always())
#   ci/countersign.sh status              fetches the ledger, and fails on drift and on what waits for too long
# COUNTERSIGN_BASE          the branch that a change is to be merged into, for review (main)
# COUNTERSIGN_BRANCHES      a folder with checkouts of the two branches as ledger/ and snapshot/, so that review needs
#                           no credential for the repository; never one that the change can write to
# COUNTERSIGN_HEAD          a head of the ledger kept elsewhere: apply refuses an older copy
# COUNTERSIGN_PUSH_URL      where ledger and snapshot are pushed to, if not to origin
# COUNTERSIGN_OLDEST        how long a request may wait before status fails (24h)
set -eu

# Relative, as it was called: names of files end up in comments.
here=${0%/ci/countersign.sh}
case $0 in ci/countersign.sh) here=. ;; esac
config=${here#./}/countersign.toml
case $here in .) config=countersign.toml ;; esac
ledger=$here/.countersign/ledger.jsonl
ledger_branch=${COUNTERSIGN_LEDGER_BRANCH:-countersign-ledger}
snapshot_branch=${COUNTERSIGN_SNAPSHOT_BRANCH:-countersign-snapshot}
push_to=${COUNTERSIGN_PUSH_URL:-origin}

# Prints a file of a branch of its own; fails where there is no such branch.
from_branch() {
    git -C "$here" fetch --quiet origin "refs/heads/$1" && git -C "$here" show "FETCH_HEAD:$2"
}

fetch_ledger() {
    mkdir -p "$here/.countersign"
    from_branch "$ledger_branch" ledger.jsonl > "$ledger.fetched" || {
        rm -f "$ledger.fetched"
        echo "no branch $ledger_branch: push a first ledger there (countersign ledger init, then $0 push)" >&2
        exit 1
    }
    mv "$ledger.fetched" "$ledger"
}

# Makes a commit of one file under a name, on top of a parent or of nothing, and prints it.
commit_of() {
    blob=$(git -C "$here" hash-object -w --stdin < "$1")
    tree=$(printf '100644 blob %s\t%s\n' "$blob" "$2" | git -C "$here" mktree)
    git -C "$here" -c user.name=countersign -c user.email=countersign@localhost \
        commit-tree ${3:+-p "$3"} -m "$2: after a run" "$tree"
}

install() {
    if command -v countersign > /dev/null; then
        countersign --version
        return 0
    fi
    to=${RUNNER_TEMP:-$HOME/.local}/bin
    mkdir -p "$to"
    curl --fail --silent --show-error --location --proto '=https' \
        --output "$to/countersign" "${COUNTERSIGN_URL:?where countersign is to be fetched from}"
    echo "${COUNTERSIGN_SHA256:?the hash that it has to have}  $to/countersign" | sha256sum --check --quiet
    chmod +x "$to/countersign"
    if [ -n "${GITHUB_PATH:-}" ]; then echo "$to" >> "$GITHUB_PATH"; fi
    "$to/countersign" --version
}

review() {
    change=$1
    comment=$2
    snapshot=$here/.countersign/snapshot.jsonl
    mkdir -p "$here/.countersign"
    # What earlier runs left there is not what is reviewed now.
    rm -f "$ledger" "$snapshot" "$comment" "$comment.said"
    if [ -n "${COUNTERSIGN_BRANCHES:-}" ]; then
        cp "$COUNTERSIGN_BRANCHES/ledger/ledger.jsonl" "$ledger"
        cp "$COUNTERSIGN_BRANCHES/snapshot/snapshot.jsonl" "$snapshot"
    else
        from_branch "$ledger_branch" ledger.jsonl > "$ledger"
        from_branch "$snapshot_branch" snapshot.jsonl > "$snapshot" || {
            echo "no branch $snapshot_branch: the pipeline of the protected branch has to have run once" >&2
            exit 1
        }
    fi
    code=0
    countersign -C "$change" --config "$config" validate > "$comment.said" 2>&1 || code=$?
    if [ "$code" -ne 0 ]; then
        failed 'mistakes in the files'
        exit "$code"
    fi
    countersign -C "$change" --config "$config" plan --snapshot "$snapshot" \
        --base "origin/${COUNTERSIGN_BASE:-main}" --fail-on blocked --format markdown > "$comment" 2> "$comment.said" || code=$?
    cat "$comment" "$comment.said"
    # Without a comment of its own the one of before would stay, and say what is no longer so.
    if [ ! -s "$comment" ]; then
        failed 'there is no plan'
    fi
    rm -f "$comment.said"
    exit "$code"
}

# The comment of a review that came to nothing, with what was said. Indented, every line is code: nothing in it is
# Markdown, a link or a mention.
failed() {
    cat "$comment.said"
    {
        echo "<!-- countersign:plan:$config -->"
        echo "## :x: Plan Failed: $1"
        echo
        head -n 400 "$comment.said" | cut -c 1-140 | sed 's/^/    /'
        echo
        echo "$(wc -l < "$comment.said") lines were said; the job's log has them all."
    } > "$comment"
    rm -f "$comment.said"
}

# The plan for the summary of a job: as a comment, or where it does not fit as it is.
summary() {
    countersign show "$1" --format markdown || countersign show "$1" | sed 's/^/    /'
}

# The first line of a comment, by which the one before is found.
marker() {
    MARKER=$(head -n 1 "$1")
    export MARKER
    case $MARKER in
    '<!-- countersign:'*) ;;
    *)
        echo "$1 is no comment of countersign" >&2
        exit 1
        ;;
    esac
}

# With GitHub's own client: GH_TOKEN, GITHUB_REPOSITORY, and PULL_REQUEST, its number.
comment() {
    marker "$1"
    comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
    found=$(gh api --paginate "$comments" --jq \
        '.[] | select(.user.login == "github-actions[bot]") | select(.body | startswith(env.MARKER)) | .id')
    id=$(echo "$found" | head -n 1)
    if [ -n "$id" ]; then
        gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$1"
    else
        gh api --silent --method POST "$comments" --field "body=@$1"
    fi
}

# With curl and jq: CI_API_V4_URL and the two numbers of the merge request, which GitLab sets, and COUNTERSIGN_NOTE_TOKEN.
note() {
    if [ -z "${COUNTERSIGN_NOTE_TOKEN:-}" ]; then
        echo "No note: COUNTERSIGN_NOTE_TOKEN is not set (in a fork's pipeline it never is). The plan is this job's artifact $1."
        return 0
    fi
    became="The note was not written; the plan is this job's artifact $1."
    work=$(mktemp -d)
    trap 'rm -rf "$work"; echo "$became"' EXIT
    marker "$1"
    command -v jq > /dev/null || {
        echo "jq is not installed here" >&2
        exit 1
    }
    # A line that begins with a slash is a command to GitLab.
    tr -d '\r' < "$1" | sed 's|^/| /|' > "$work/body"
    gitlab GET user > "$work/answer"
    BOT=$(jq -e '.id | numbers' "$work/answer")
    export BOT
    notes=projects/$CI_MERGE_REQUEST_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes
    page=1
    id=
    more=1
    while [ -z "$id" ] && [ "$more" -gt 0 ]; do
        gitlab GET "$notes?sort=asc&order_by=created_at&per_page=100&page=$page" > "$work/answer"
        # Others may have written the same first line.
        id=$(jq 'first(.[] | select("\(.author.id)" == env.BOT and (.body | startswith(env.MARKER))) | .id | numbers)' \
            "$work/answer")
        more=$(jq length "$work/answer")
        page=$((page + 1))
    done
    if [ -n "$id" ]; then
        gitlab PUT "$notes/$id" --data-urlencode "body@$work/body" > "$work/answer"
        became="The note was updated."
    else
        gitlab POST "$notes" --data-urlencode "body@$work/body" > "$work/answer"
        became="The note was created."
    fi
}

# One call of GitLab's API: a method, a path, and what else curl is to know. The token stands in no argument, where
# other processes would see it, and follows no redirection.
gitlab() {
    method=$1
    path=$2
    shift 2
    printf 'PRIVATE-TOKEN: %s\n' "$COUNTERSIGN_NOTE_TOKEN" |
        curl --fail --silent --show-error --max-time 30 --header @- --request "$method" "$@" "$CI_API_V4_URL/$path"
}

observe() {
    snapshot=$here/.countersign/snapshot.jsonl
    mkdir -p "$here/.countersign"
    countersign --config "$config" observe --out "$snapshot"
    commit=$(commit_of "$snapshot" snapshot.jsonl)
    # Without a parent, and forced: the requests of people who asked long ago are not kept in Git.
    git -C "$here" push --quiet --force "$push_to" "$commit:refs/heads/$snapshot_branch"
}

plan() {
    fetch_ledger
    countersign --config "$config" ledger verify > "$1.ledger"
    # apply refuses a ledger that is older than the one that this plan was made with.
    sed -n 's/^Ledger: [0-9]* \(sha256:[0-9a-f]*\)$/\1/p' "$1.ledger" > "$1.head"
    code=0
    countersign --config "$config" plan --out "$1" --detailed-exitcode || code=$?
    case $code in
    0) changes=no ;;
    2) changes=yes ;;
    *) exit "$code" ;;
    esac
    # What an earlier run left in doubt is read again by apply alone.
    grep -q ', 0 in doubt' "$1.ledger" || changes=yes
    rm -f "$1.ledger"
    echo "$changes" > "$1.changes"
    if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "changes=$changes" >> "$GITHUB_OUTPUT"; fi
}

push() {
    countersign --config "$config" ledger verify
    parent=
    if git -C "$here" fetch --quiet origin "refs/heads/$ledger_branch"; then
        parent=$(git -C "$here" rev-parse FETCH_HEAD)
    fi
    commit=$(commit_of "$ledger" ledger.jsonl "$parent")
    if [ -n "$parent" ] &&
        [ "$(git -C "$here" rev-parse "$commit^{tree}")" = "$(git -C "$here" rev-parse "$parent^{tree}")" ]; then
        return 0
    fi
    # Never forced: whoever was faster wins, and this run's ledger is not lost without a word.
    git -C "$here" push --quiet "$push_to" "$commit:refs/heads/$ledger_branch"
}

case ${1:-} in
install) install ;;
review) review "${2:?the folder of the change}" "${3:?a file for the comment}" ;;
comment) comment "${2:?the comment}" ;;
note) note "${2:?the comment}" ;;
observe) observe ;;
plan) plan "${2:?a file for the plan}" ;;
apply)
    fetch_ledger
    file=${2:?a plan}
    if grep -qx no "$file.changes" 2> /dev/null; then
        echo "Nothing to do."
        exit 0
    fi
    head=${COUNTERSIGN_HEAD:-}
    if [ -z "$head" ] && [ -s "$file.head" ]; then head=$(cat "$file.head"); fi
    # exec: a signal to this process must reach countersign.
    exec countersign --config "$config" apply "$file" --report report.md --json-into events.jsonl \
        ${head:+--expect-head "$head"}
    ;;
summary) summary "${2:?a plan}" ;;
push) push ;;
status)
    fetch_ledger
    exec countersign --config "$config" status --fail-on "drift,blocked,age>${COUNTERSIGN_OLDEST:-24h}"
    ;;
*)
    echo "usage: $0 install | review CHANGE FILE | comment FILE | note FILE | observe | plan FILE | summary FILE | apply FILE | push | status" >&2
    exit 64
    ;;
esac
