//! The table: one row a vendor, and in each what is expected of it, down to what it cannot do.

/// A replacement in a request's text; both empty where there is nothing to replace.
pub(super) type Edit = (&'static str, &'static str);

/// The decision's word and the exit code of the apply.
pub(super) type Ends = (&'static str, i32);

/// One vendor: a world of it, its guarded fields, and what each of the tests comes to there.
///
/// What a plan or an apply comes to is one word: a change's verdict, the outcome of a line, the code of a hold, how a
/// decision is settled, or `unread`.
pub(super) struct Row {
    /// As in a configuration.
    pub(super) vendor: &'static str,
    /// The id of the request below.
    pub(super) id: &'static str,
    /// A request with every guarded field set, as a world writes it.
    pub(super) request: &'static str,
    /// A line for the queue's configuration.
    pub(super) setting: &'static str,
    /// The answer that a state below needs to a question which the vendor's document leaves open; empty without one.
    pub(super) dialect: Edit,
    /// Each guard key, the text of the request that feeds it, and another one.
    pub(super) guarded: &'static [(&'static str, &'static str, &'static str)],
    /// What a plan comes to that approves the whole sample queue, and how often.
    pub(super) sample: &'static [(&'static str, usize)],
    /// The calls of a look at one request by its id, in the order of their names.
    pub(super) by_id: &'static [&'static str],
    /// And of a look at the whole queue.
    pub(super) whole: &'static [&'static str],
    /// Nobody has decided yet.
    pub(super) waits: State,
    /// Our own part is done: a vote that others must follow where the vendor has such, else the whole.
    pub(super) ours: State,
    /// Other people granted it, and the ledger knows nothing of that.
    pub(super) theirs: State,
    pub(super) approve: Deed,
    pub(super) deny: Deed,
    pub(super) revoke: Deed,
    /// An approve whose call never arrived and after which nothing can be read.
    pub(super) doubt: Doubt,
}

/// A state in which the reviewed request may be found changed.
pub(super) struct State {
    /// What the reviewer saw.
    pub(super) reviewed: Edit,
    /// What the vendor shows of it now.
    pub(super) now: Edit,
    /// What a plan says of an approve while every guarded field is as reviewed.
    pub(super) as_reviewed: &'static str,
    /// And where any of them is not.
    pub(super) changed: &'static str,
}

/// One verdict carried out, or not.
pub(super) struct Deed {
    pub(super) verdict: &'static str,
    /// Where the request must have come to since it was reviewed.
    pub(super) now: Edit,
    /// The call whose answer is lost: the one that decides; where nothing is ever sent, the one that reads.
    pub(super) op: &'static str,
    /// How it ends where every answer arrives, and with which exit code.
    pub(super) ends: Ends,
    /// The same where the first answer is lost; and whatever is applied after that.
    pub(super) lost: Ends,
    /// Calls sent, and effects at the vendor: lost or not, the same.
    pub(super) effects: usize,
    /// Whether the vendor still shows the request afterwards; where not, only the ledger knows.
    pub(super) shown: bool,
}

/// Everything is lost from the send of an approve on; from the first read on where nothing is sent.
pub(super) struct Doubt {
    /// The call that every read makes, and how many of them an apply makes before its send: it plans afresh, and looks
    /// once more.
    pub(super) read: (&'static str, u64),
    /// How that ends.
    pub(super) ends: Ends,
    /// What a plan says as long as nothing can be read.
    pub(super) blind: &'static str,
    /// How the saved plan ends once the vendor can be read again, and with how many effects: a vendor that acts again on
    /// a repeat is never asked again before a person has looked.
    pub(super) again: (i32, usize),
}

const AS_IS: Edit = ("", "");

/// Where a call of ours decides.
const PENDING: State = State {
    reviewed: AS_IS,
    now: AS_IS,
    as_reviewed: "approve",
    changed: "guard-mismatch",
};

/// In the order in which vendors are listed everywhere.
pub(super) static ROWS: [Row; 5] = [ADMIN_BY_REQUEST, BEYONDTRUST, THREATLOCKER, FUDO, EKRAN];

const APPROVED: Edit = ("id = \"7001\"", "id = \"7001\"\nstatus = 'approved'");

const ADMIN_BY_REQUEST: Row = Row {
    vendor: "admin-by-request",
    id: "7001",
    request: "[[admin-by-request.request]]\nid = \"7001\"\nat = 2026-03-02T07:00:00Z\nreason = 'why'\nsettings = 'Global'\nuser = { account = 'AZUREAD\\ANNA', full-name = 'Anna', email = 'anna@example.com' }\ncomputer = { name = 'FIN-LT-22' }\napp = { file = 'a.exe', name = 'A', vendor = 'V', version = '1', sha256 = '61B4C38792F586995F8E1B8E935B2DE1D6C7941A71A57FC1A1269D2E1E3164CD', threat = 'T1' }\n",
    setting: "",
    dialect: AS_IS,
    guarded: &[
        ("user", "AZUREAD\\ANNA", "AZUREAD\\EVE"),
        ("email", "anna@example.com", "eve@example.com"),
        ("computer", "FIN-LT-22", "FIN-LT-23"),
        ("file", "a.exe", "b.exe"),
        ("vendor", "vendor = 'V'", "vendor = 'W'"),
        ("version", "version = '1'", "version = '2'"),
        ("sha256", "61B4C3", "61B4C4"),
        ("scan", ", threat = 'T1'", ""),
        ("type", "app = {", "type = 'session'\n#"),
        ("reason", "'why'", "'because'"),
        ("settings", "'Global'", "'Sales'"),
        ("requested-at", "07:00:00Z", "07:00:01Z"),
        ("threat", "'T1'", "'T2'"),
    ],
    sample: &[("approve", 8)],
    by_id: &["admin-by-request.requests.get"],
    whole: &["admin-by-request.requests.list"],
    waits: PENDING,
    ours: State {
        reviewed: AS_IS,
        now: APPROVED,
        as_reviewed: "applied",
        changed: "granted-otherwise",
    },
    theirs: State {
        reviewed: AS_IS,
        now: APPROVED,
        as_reviewed: "vendor",
        changed: "granted-otherwise",
    },
    approve: Deed {
        verdict: "approve",
        now: AS_IS,
        op: "admin-by-request.requests.approve",
        ends: ("applied", 0),
        lost: ("applied", 0),
        effects: 1,
        shown: true,
    },
    deny: Deed {
        verdict: "deny",
        now: AS_IS,
        op: "admin-by-request.requests.deny",
        ends: ("applied", 0),
        lost: ("applied", 0),
        effects: 1,
        shown: true,
    },
    revoke: Deed {
        verdict: "revoke",
        now: APPROVED,
        op: "admin-by-request.requests.get",
        ends: ("unsupported", 3),
        lost: ("unsupported", 3),
        effects: 0,
        shown: true,
    },
    doubt: Doubt {
        read: ("admin-by-request.requests.get", 2),
        ends: ("in-doubt", 5),
        blind: "in-doubt",
        again: (0, 1),
    },
};

const ACTIVE: Edit = (
    "id = '7001'",
    "id = '7001'\nstatus = 'active'\napproved-by = ['approver']",
);

const BEYONDTRUST: Row = Row {
    vendor: "beyondtrust",
    id: "7001",
    request: "[[beyondtrust.system]]\nid = 21\nname = 'WEB-SRV-01'\n[[beyondtrust.system]]\nid = 22\nname = 'DB-SRV-01'\n[[beyondtrust.account]]\nid = 41\nsystem = 21\nname = 'root'\ndomain = 'CORP'\n[[beyondtrust.account]]\nid = 42\nsystem = 22\nname = 'other'\n[[beyondtrust.alias]]\nid = 51\nname = 'web'\naccount = 42\n[[beyondtrust.application]]\nid = 61\nname = 'SSMS'\n[[beyondtrust.application]]\nid = 62\nname = 'Toad'\n[[beyondtrust.request]]\nid = '7001'\nat = 2026-03-02T07:00:00Z\nrelease-at = 2026-03-02T07:30:00Z\naccount = 41\napplication = 61\n",
    setting: "",
    dialect: ("beyondtrust.voted-in-pending", "yes"),
    guarded: &[
        ("system", "WEB-SRV-01", "WEB-SRV-02"),
        ("account", "'root'", "'toor'"),
        ("domain", "'CORP'", "'CORQ'"),
        ("application", "application = 61", "application = 62"),
        ("access-type", "application = 61", "access-type = 'SSH'"),
        ("system-id", "\nsystem = 21", "\nsystem = 22"),
        ("account-id", "account = 41", "account = 42"),
        (
            "alias-id",
            "account = 41\napplication = 61",
            "alias = 'web'",
        ),
        ("application-id", "application = 61", "application = 62"),
        ("release-at", "07:30:00Z", "07:30:01Z"),
    ],
    sample: &[("approve", 8)],
    by_id: &[
        "beyondtrust.auth.sign-app-in",
        "beyondtrust.auth.signout",
        "beyondtrust.requests.list",
    ],
    whole: &[
        "beyondtrust.auth.sign-app-in",
        "beyondtrust.auth.signout",
        "beyondtrust.requests.list",
    ],
    waits: PENDING,
    // Our approval of two is recorded by the ledger alone: the list does not show who approved.
    ours: State {
        reviewed: ("id = '7001'", "id = '7001'\napprovers = 2"),
        now: ("approvers = 2", "approvers = 2\napproved-by = ['approver']"),
        as_reviewed: "recorded",
        changed: "voted-otherwise",
    },
    theirs: State {
        reviewed: AS_IS,
        now: ACTIVE,
        as_reviewed: "vendor",
        changed: "granted-otherwise",
    },
    approve: Deed {
        verdict: "approve",
        now: AS_IS,
        op: "beyondtrust.requests.approve",
        ends: ("applied", 0),
        lost: ("state-reached", 0),
        effects: 1,
        shown: true,
    },
    deny: Deed {
        verdict: "deny",
        now: AS_IS,
        op: "beyondtrust.requests.deny",
        ends: ("state-reached", 0),
        // A list that does not show what was denied proves nothing.
        lost: ("in-doubt", 5),
        effects: 1,
        shown: false,
    },
    revoke: Deed {
        verdict: "revoke",
        now: ACTIVE,
        op: "beyondtrust.requests.deny",
        ends: ("state-reached", 0),
        lost: ("in-doubt", 5),
        effects: 1,
        shown: false,
    },
    doubt: Doubt {
        // Pending, then active: there is no reading by id.
        read: ("beyondtrust.requests.list", 4),
        ends: ("in-doubt", 5),
        blind: "unread",
        again: (0, 1),
    },
};

const PERMITTED: Edit = ("reason = '", "status = 'approved'\nreason = '");

const THREATLOCKER: Row = Row {
    vendor: "threatlocker",
    id: "a0000000-0000-4000-a000-000000007001",
    request: "[[threatlocker.organization]]\nid = '10000000-0000-4000-a000-000000000001'\nname = 'Example Group'\n[[threatlocker.organization]]\nid = '10000000-0000-4000-a000-000000000002'\nname = 'Retail'\nparent = 'Example Group'\n[[threatlocker.computer]]\nid = '30000000-0000-4000-a000-000000000001'\nname = 'FIN-LT-22'\norganization = 'Example Group'\n[[threatlocker.request]]\nid = 'a0000000-0000-4000-a000-000000007001'\nat = 2026-03-02T07:00:00Z\ncomputer = 'FIN-LT-22'\nuser = 'EXAMPLE\\ANNA'\npath = 'c:\\tools\\a.exe'\nhash = '00AA'\nsha256 = '00BB'\ncertificate = 'CN=V'\nsize = 4711\naction = 'execute'\nos = 'windows'\nrequestor = 'Anna'\nreason = 'why'\n",
    setting: "child-organizations = [\"10000000-0000-4000-a000-000000000002\"]",
    dialect: AS_IS,
    guarded: &[
        (
            "organization",
            "organization = 'Example Group'",
            "organization = 'Retail'",
        ),
        ("computer", "FIN-LT-22", "FIN-LT-23"),
        ("user", "ANNA", "EVE"),
        ("path", "a.exe", "b.exe"),
        ("hash", "00AA", "00AB"),
        ("sha256", "00BB", "00BC"),
        ("certificate", "CN=V", "CN=W"),
        (
            "computer-id",
            "30000000-0000-4000-a000-000000000001",
            "30000000-0000-4000-a000-000000000002",
        ),
        ("os", "os = 'windows'", "os = 'windows-xp'"),
        ("action", "'execute'", "'elevate'"),
        ("elevation", "'execute'", "'elevate'"),
        ("requestor", "'Anna'", "'Eve'"),
        ("reason", "'why'", "'because'"),
        ("json-digest", "4711", "4712"),
    ],
    // One asks for a storage device.
    sample: &[("approve", 7), ("unsupported", 1)],
    by_id: &["threatlocker.approval-requests.permit-document"],
    whole: &[
        "threatlocker.approval-requests.list",
        "threatlocker.approval-requests.permit-document",
    ],
    waits: PENDING,
    ours: State {
        reviewed: AS_IS,
        now: PERMITTED,
        as_reviewed: "applied",
        changed: "granted-otherwise",
    },
    theirs: State {
        reviewed: AS_IS,
        now: PERMITTED,
        as_reviewed: "vendor",
        changed: "granted-otherwise",
    },
    approve: Deed {
        verdict: "approve",
        now: AS_IS,
        op: "threatlocker.approval-requests.permit",
        ends: ("applied", 0),
        lost: ("applied", 0),
        effects: 1,
        shown: true,
    },
    deny: Deed {
        verdict: "deny",
        now: AS_IS,
        op: "threatlocker.approval-requests.reject",
        ends: ("applied", 0),
        lost: ("applied", 0),
        effects: 1,
        shown: true,
    },
    revoke: Deed {
        verdict: "revoke",
        now: PERMITTED,
        op: "threatlocker.approval-requests.permit-document",
        ends: ("unsupported", 3),
        lost: ("unsupported", 3),
        effects: 0,
        shown: true,
    },
    doubt: Doubt {
        // A plan reads the document twice: what the permit names is looked up for what it shows.
        read: ("threatlocker.approval-requests.permit-document", 3),
        ends: ("in-doubt", 5),
        blind: "in-doubt",
        again: (5, 0),
    },
};

const GRANTED: Edit = (
    "votes = 1",
    "votes = 1\nstatus = 'granted'\nvotes = [{ by = 'boss' }]",
);

const FUDO: Row = Row {
    vendor: "fudo",
    id: "5620492334958379011",
    request: "[[fudo.request]]\nid = '5620492334958379011'\nat = 2026-03-02T07:00:00Z\nuser = 'requestor'\naccount = { id = '11', name = 'root' }\nserver = { id = '21', name = 'WEB-SRV-01' }\nsafe = { id = '31', name = 'Linux' }\nprotocol = 'ssh'\ninterval = 2\nreason = 'why'\nrequired-votes = 1\n",
    setting: "",
    dialect: AS_IS,
    guarded: &[
        ("user", "'requestor'", "'mila.novak'"),
        ("account", "'root'", "'toor'"),
        ("server", "'WEB-SRV-01'", "'WEB-SRV-02'"),
        ("safe", "'Linux'", "'Unix'"),
        (
            "pool",
            "server = { id = '21', name = 'WEB-SRV-01' }",
            "pool = { id = '41', name = 'Farm' }",
        ),
        ("protocol", "'ssh'", "'rdp'"),
        (
            "type",
            "interval = 2",
            "starts-at = 2026-03-02T20:00:00Z\nexpires-at = 2026-03-03T04:00:00Z",
        ),
        ("interval", "interval = 2", "interval = 3"),
        (
            "starts-at",
            "interval = 2",
            "starts-at = 2026-03-02T20:00:00Z\nexpires-at = 2026-03-03T04:00:00Z",
        ),
        (
            "expires-at",
            "interval = 2",
            "starts-at = 2026-03-02T20:00:00Z\nexpires-at = 2026-03-03T04:00:00Z",
        ),
        ("reason", "'why'", "'because'"),
        // One digit more, whatever number stands there.
        ("required-votes", "required-votes = ", "required-votes = 1"),
        ("created-at", "07:00:00Z", "07:00:01Z"),
        ("user-id", "'requestor'", "'mila.novak'"),
        ("account-id", "id = '11'", "id = '12'"),
        ("server-id", "id = '21'", "id = '22'"),
        ("safe-id", "id = '31'", "id = '32'"),
        (
            "pool-id",
            "server = { id = '21', name = 'WEB-SRV-01' }",
            "pool = { id = '41', name = 'Farm' }",
        ),
    ],
    sample: &[("approve", 8)],
    by_id: &["fudo.access-requests.get"],
    whole: &["fudo.access-requests.list"],
    waits: PENDING,
    ours: State {
        reviewed: ("votes = 1", "votes = 2"),
        now: ("votes = 2", "votes = 2\nvotes = [{ by = 'approver' }]"),
        as_reviewed: "recorded",
        changed: "voted-otherwise",
    },
    theirs: State {
        reviewed: AS_IS,
        now: GRANTED,
        as_reviewed: "vendor",
        changed: "granted-otherwise",
    },
    approve: Deed {
        verdict: "approve",
        now: AS_IS,
        op: "fudo.access-requests.vote",
        ends: ("applied", 0),
        lost: ("applied", 0),
        effects: 1,
        shown: true,
    },
    deny: Deed {
        verdict: "deny",
        now: AS_IS,
        op: "fudo.access-requests.vote",
        ends: ("applied", 0),
        lost: ("applied", 0),
        effects: 1,
        shown: true,
    },
    revoke: Deed {
        verdict: "revoke",
        now: GRANTED,
        op: "fudo.access-requests.revoke",
        ends: ("applied", 0),
        lost: ("applied", 0),
        effects: 1,
        shown: true,
    },
    doubt: Doubt {
        read: ("fudo.access-requests.get", 2),
        ends: ("in-doubt", 5),
        blind: "in-doubt",
        again: (0, 1),
    },
};

/// The vendor that only shows what was processed in its console: nothing is ever sent, and decisions ratify.
const EKRAN: Row = Row {
    vendor: "ekran",
    id: "7001",
    request: "[[ekran.request]]\nid = '7001'\nuser = 'WIN\\anna'\nremote-ip = '10.0.0.7'\nat = 2026-03-02T07:00:00Z\nstatus = 'approved'\nchanged-at = 2026-03-02T07:05:00Z\nby = 'admin'\n",
    setting: "",
    dialect: AS_IS,
    guarded: &[
        ("user", "anna", "eve"),
        ("requested-at", "07:00:00Z", "07:00:01Z"),
        ("remote-ip", "10.0.0.7", "10.0.0.8"),
    ],
    sample: &[("contradicted", 2), ("ratified", 5), ("request-expired", 1)],
    by_id: &["ekran.access-requests.list"],
    whole: &["ekran.access-requests.list"],
    waits: State {
        reviewed: AS_IS,
        now: (
            "'approved'\nchanged-at = 2026-03-02T07:05:00Z\nby = 'admin'",
            "'pending'",
        ),
        as_reviewed: "not-processed",
        changed: "not-processed",
    },
    ours: State {
        reviewed: AS_IS,
        now: AS_IS,
        as_reviewed: "ratified",
        changed: "granted-otherwise",
    },
    theirs: State {
        reviewed: AS_IS,
        now: AS_IS,
        as_reviewed: "ratified",
        changed: "granted-otherwise",
    },
    approve: Deed {
        verdict: "approve",
        now: AS_IS,
        op: "ekran.access-requests.list",
        ends: ("ratified", 0),
        lost: ("ratified", 0),
        effects: 0,
        shown: true,
    },
    deny: Deed {
        verdict: "deny",
        now: AS_IS,
        op: "ekran.access-requests.list",
        ends: ("contradicted", 3),
        lost: ("contradicted", 3),
        effects: 0,
        shown: true,
    },
    revoke: Deed {
        verdict: "revoke",
        now: AS_IS,
        op: "ekran.access-requests.list",
        ends: ("unsupported", 3),
        lost: ("unsupported", 3),
        effects: 0,
        shown: true,
    },
    doubt: Doubt {
        read: ("ekran.access-requests.list", 0),
        ends: ("unread", 1),
        blind: "unread",
        again: (0, 0),
    },
};
