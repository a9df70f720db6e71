//! What `init` writes: a configuration and a decision that explain themselves.

/// A configuration for one Admin By Request tenant.
pub const CONFIGURATION: &str = r#"# countersign: decisions about privileged access, under Git.
# This file is trusted: pull requests are planned with the protected branch's copy of it.
schema = 1
decisions = ["decisions/**/*.toml"]

[ledger]
path = ".countersign/ledger.jsonl"

[plan]
lifetime = "24h"                             # how long a saved plan may be applied

# [freeze]
# approvals = true                           # no approve, whatever is reviewed; deny and revoke go on

# [limits]                                   # most approvals in one run; over it, none at all
# approvals = 20
# per-queue = 10
# per-requester = 3

# [review]
# ref = "origin/main"                        # act only on blocks whose exact bytes stand there

[queues.helpdesk]
vendor = "admin-by-request"
url = "https://dc1api.adminbyrequest.com"    # your region's: dc1api, dc2api, …
credentials = { api-key = { env = "ABR_API_KEY" } }    # or { file = "PATH" }, { command = ["…"] }; never the key itself
# acting-as = "countersign@example.com"      # a portal user reserved for the tool: then it shows that we decided
# deciders = ["boss@example.com"]            # who may stand in decided-by
"#;

/// A decision file as `draft` writes it, with the narrative a person would add.
pub const DECISION: &str = r##"# An example: nothing is done for an undecided block. Delete it once `countersign draft` wrote your own.
#
# To decide: set verdict to "approve" or "deny", fill in ticket, reason and expires, and open a pull request.

[[decision]]
queue   = "helpdesk"
request = "65430027"
ticket  = ""                                 # the external ticket, as in "CHG0031337"
verdict = "undecided"
reason  = ""                                 # one line; it is sent to the vendor where it has a place for it
expires = ""                                 # as in 2026-12-01T00:00:00Z; past it the decision is inert

[decision.guard]                             # the facts you saw; an approve is sent only while they are still so
user     = 'AZUREAD\ANNA'
computer = "FIN-LT-22"
file     = "dbgview.exe"
"##;
