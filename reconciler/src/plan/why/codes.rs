//! What each hold code means and what to do about it: the table that `explain` prints.

use super::Class;

/// What stands behind a code: its class, what it means, what to do. Printed by `explain`.
#[derive(Clone, Copy, Debug)]
pub struct WhyCode {
    /// The code.
    pub code: &'static str,
    /// Its class.
    pub class: Class,
    /// What it means.
    pub means: &'static str,
    /// What to do.
    pub todo: &'static str,
}

const fn blocked(code: &'static str, means: &'static str, todo: &'static str) -> WhyCode {
    WhyCode {
        code,
        class: Class::Blocked,
        means,
        todo,
    }
}

/// Every hold code, in the order of `Why`. Printed by `explain`.
pub const HOLD_CODES: [WhyCode; 37] = [
    blocked(
        "in-doubt",
        "An earlier run may have sent a call for this request, and its outcome is unknown. Nothing is sent again blindly.",
        "Run `countersign apply`, or where nobody can be asked `countersign apply PLAN` with any saved plan, the spent one too: it reads the request again before anything else. If it stays in doubt, look in the vendor's portal and run `countersign ledger resolve QUEUE/ID --as applied|not-applied --because \"…\"`.",
    ),
    blocked(
        "sent-before",
        "Calls for this decision have been sent as often as is allowed in the life of a ledger, without the state being reached.",
        "Decide this request in the vendor's portal, or find out there why the vendor ignores the call.",
    ),
    blocked(
        "unsupported",
        "This vendor's API cannot carry out this verdict.",
        "Do it in the vendor's portal; the next plan will find it settled.",
    ),
    blocked(
        "decider-not-listed",
        "`decided-by` names somebody who is not among the queue's `deciders`.",
        "Correct `decided-by`, or add the person to `deciders` in countersign.toml through a review of its own.",
    ),
    blocked(
        "guard-missing",
        "An approve needs the fingerprint of what the reviewer saw; deny and revoke need at least one guard.",
        "Run `countersign draft --target QUEUE/ID --refresh-guard`, then review the decision again.",
    ),
    blocked(
        "guard-inconsistent",
        "The fingerprint in the file does not follow from the readable guards beside it: one of them was edited, or the queue's `url` or `organization` is another than when it was drafted.",
        "Put back what is not as it was drafted: the guard, or the queue's `url` or `organization`. Or run `countersign draft --target QUEUE/ID --refresh-guard`, then review the decision again.",
    ),
    blocked(
        "guard-mismatch",
        "The request is no longer what the reviewer saw.",
        "Look at what changed. If it is still right: `countersign draft --target QUEUE/ID --refresh-guard`, then review the decision again.",
    ),
    blocked(
        "granted-otherwise",
        "The request was granted, but what was granted is not what was reviewed.",
        "Look at the differences and at who granted it. If it is wrong, take it back: with verdict `revoke` and, after `countersign draft --target QUEUE/ID --refresh-guard`, a guard of what stands there now, where the vendor can; otherwise in the portal.",
    ),
    blocked(
        "permit-missing",
        "Approving at this vendor writes a rule, and the decision does not say how far it reaches. Nothing that widens has a default.",
        "Add a [decision.permit] with application, scope, rules, policy and mode; `countersign draft` writes the narrowest one as comments.",
    ),
    blocked(
        "permit-unfit",
        "What the permit names is not there exactly once, is not allowed to this user, or the vendor's document holds something that this version does not know.",
        "Correct [decision.permit], or permit it in the vendor's portal.",
    ),
    blocked(
        "ticket-mismatch",
        "The vendor shows another ticket for this request than the decision does.",
        "Correct `ticket` in the decision file, or the ticket at the vendor.",
    ),
    blocked(
        "text-too-long",
        "Ticket, reason and our mark together are longer than the vendor accepts. Nothing is cut silently.",
        "Shorten `reason`.",
    ),
    blocked(
        "ticket-too-long",
        "The vendor has a field for the ticket, and this one is longer than it.",
        "Shorten `ticket`.",
    ),
    blocked(
        "conflict",
        "A request for this account is in the way: the user of this queue has asked for it already and `on-conflict` does not say that it may be reused or renewed, or another user filed this block, or the vendor refused it with 409 (then another user may have asked: it is held for as long as it asks for, or until its block changes), or what would be reused or cancelled is not what the block says. A request that still waits is neither reused nor renewed.",
        "Wait until it is over, or have the user who filed it give it back; where it is this user's own, say what to do about it: on-conflict = \"reuse\" or \"renew\".",
    ),
    WhyCode {
        code: "not-filed",
        class: Class::Lapsed,
        means: "There is nothing to give back: the ledger holds no filed request for this account and ticket.",
        todo: "Nothing to do; delete the block, or correct account and ticket.",
    },
    blocked(
        "clock-skewed",
        "This machine's clock and the vendor's differ by more than five minutes, so what has expired cannot be told. Approvals only.",
        "Set this machine's clock (NTP), then plan again.",
    ),
    blocked(
        "frozen",
        "Approvals are frozen. Deny and revoke still work.",
        "Wait for the freeze to end: `[freeze] approvals` in countersign.toml, or COUNTERSIGN_FREEZE.",
    ),
    blocked(
        "over-limit",
        "This run would approve more than `[limits]` allows, so it approves nothing at all.",
        "Split the run with `--target` or `--queue`, or raise the limit in countersign.toml through a review of its own.",
    ),
    blocked(
        "unmerged",
        "The exact bytes of this decision do not stand on the reviewed ref.",
        "Merge the decision first.",
    ),
    blocked(
        "duplicate",
        "The same request is named more than once. Nothing is done about it, whatever the verdicts say.",
        "Delete all blocks but one. To revoke later, change the verdict in place.",
    ),
    blocked(
        "contradicted",
        "The opposite of this decision stands at the vendor.",
        "Accept it: edit or delete the decision. Or undo it at the vendor, with verdict `revoke` where the vendor can.",
    ),
    blocked(
        "not-found",
        "The vendor does not show this request, and the ledger does not know how it ended.",
        "Check the id and the queue; if the request is gone for good, delete the decision.",
    ),
    blocked(
        "nothing-visible",
        "Not one of this queue's decided requests is visible: a wrong tenant, a credential without rights, or an emptied queue is more likely than that all of them vanished.",
        "Run `countersign doctor`, and check the url and the credential's rights.",
    ),
    blocked(
        "unread",
        "The queue could not be read; the plan is silent about it.",
        "Run `countersign doctor`.",
    ),
    blocked(
        "row-unreadable",
        "This one request could not be read.",
        "Plan again; if it stays, look at the request in the vendor's portal.",
    ),
    blocked(
        "permit-unread",
        "The applications or groups that the permit names could not be looked up.",
        "Plan again; if it stays, look at the API user's permissions, and at what `countersign doctor` says.",
    ),
    blocked(
        "out-of-sight",
        "How the request stands now was not seen: this vendor shows each user another part of its queue and the credential that was read with is not the deciding user's, or the plan is made from a snapshot that is older than a call of our own.",
        "Read with a credential of the deciding user, take the snapshot anew with `countersign observe`, or run `countersign apply`: it reads as the deciding user, and plans afresh.",
    ),
    blocked(
        "unknown-status",
        "The vendor shows a status that this version does not know. It is not taken for the nearest known one.",
        "Look at the request in the vendor's portal, and report the status word.",
    ),
    blocked(
        "quarantined",
        "The vendor has put the request into quarantine; only its portal can act on it.",
        "Handle the quarantine in the vendor's portal.",
    ),
    WhyCode {
        code: "request-expired",
        class: Class::Lapsed,
        means: "The request's time is over at the vendor: nobody granted it in time, or what was granted has ended.",
        todo: "Nothing to do. The user can ask again; that is another request.",
    },
    WhyCode {
        code: "not-granted-yet",
        class: Class::Waiting,
        means: "There is nothing to revoke or to check in yet: the request is still pending.",
        todo: "Wait; what is to be revoked can be denied instead.",
    },
    WhyCode {
        code: "queue-disabled",
        class: Class::Waiting,
        means: "The queue is switched off in the configuration (`enabled = false`).",
        todo: "Set `enabled = true` in countersign.toml when its decisions should act.",
    },
    blocked(
        "opposite-vote",
        "The vendor lets several users decide by votes, one vote a user, and ours stands there already: the other way.",
        "Accept it: edit or delete the decision. Or let another user vote at the vendor; what is granted then, the verdict `revoke` takes back.",
    ),
    WhyCode {
        code: "not-processed",
        class: Class::Waiting,
        means: "At this vendor a decision ratifies what its own people decide in the console, and the console does not show this request among the processed ones: nobody has processed it yet, or that was before the queue's `since`.",
        todo: "Wait until it is processed. If it was long ago, move `since` of the queue back; if the request is gone for good, delete the decision.",
    },
    blocked(
        "ambiguous",
        "The decision names no id, and more than one request fits the user and the time that it names.",
        "Write the id of the one that is meant: request = \"…\".",
    ),
    blocked(
        "voted-otherwise",
        "Our approval is recorded, the vendor waits for others, and the request is no longer what was reviewed: what others grant now, they grant with our approval of something else.",
        "Look at what changed. If it is wrong, have it rejected at the vendor before the others approve: our own approval cannot be taken back here. If it is right: `countersign draft --target QUEUE/ID --refresh-guard`, then review the decision again.",
    ),
    blocked(
        "filed-otherwise",
        "A request was filed for this account and ticket, and it is not what the block says now: the block changed since, or the vendor reused a request that keeps its own setting. It is filed once for account and ticket, and countersign does not alter what is filed.",
        "Put the block back as it was filed; where a request was reused, leave out what it keeps as it was. Or give that request back with state = \"checked-in\", and ask anew under another ticket. That the credentials are rotated can still be turned on at the vendor, by whoever filed it, and not off again.",
    ),
];
