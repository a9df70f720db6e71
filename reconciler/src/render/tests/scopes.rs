//! What a plan against a base looks like: in text, in a comment, in a document, as events.

use jiff::Timestamp;

use super::fixture::{self, AT_80, address, place};
use crate::model::{Authored, Verdict};
use crate::plan::{Base, Edit, Plan, Removed, Scope, Scoped};
use crate::render::events::{self, UiEvent};
use crate::render::{Style, json, markdown, plan};

fn line(id: &str, scope: Scope, edits: &[(&str, Option<&str>, Option<&str>)]) -> Scoped {
    let edit = |(key, was, is): &(&str, Option<&str>, Option<&str>)| Edit {
        key: (*key).to_owned(),
        was: was.map(str::to_owned),
        is: is.map(str::to_owned),
    };
    Scoped {
        address: address(id),
        scope,
        from: place(id),
        edits: edits.iter().map(edit).collect(),
    }
}

/// The fixture's plan on a branch that introduces an approve, edits a deny and takes out another.
pub(super) fn based(text: &str) -> Plan {
    let reason = format!("Driver fault, vendor case 5513{text}");
    let edits: [(&str, Option<&str>, Option<&str>); 2] = [
        ("guard.version", None, Some("4.90")),
        (
            "reason",
            Some(&reason),
            Some("Driver fault, vendor case 5512"),
        ),
    ];
    let base = Base {
        reference: format!("origin/main{text}"),
        commit: "1f2e3d4c5b6a79880716253443526170f1e2d3c4".to_owned(),
        lines: vec![
            line("3", Scope::CarriedOver, &[]),
            line("14", Scope::Modified, &edits),
            line("27", Scope::Introduced, &[]),
            line("28", Scope::CarriedOver, &[]),
            line("29", Scope::Introduced, &[]),
            line("30", Scope::CarriedOver, &[]),
            line("40", Scope::Introduced, &[]),
        ],
        removed: vec![Removed {
            address: address("33"),
            verdict: Verdict::Approve,
            ticket: format!("CHG0031333{text}"),
            from: place("33"),
        }],
    };
    let author = Authored {
        file: place("27").file,
        line: 1,
        commit: "9ab2e10c4d5e6f708192a3b4c5d6e7f8091a2b3c".to_owned(),
        author: format!("boss@example.com{text}"),
    };
    Plan {
        base: Some(base),
        authors: vec![author],
        ..fixture::plan(text)
    }
}

#[test]
fn the_text_says_of_each_line_what_the_branch_did() {
    let text = plan::text(&based(""), &fixture::context(), AT_80);
    insta::assert_snapshot!(text, @r#"
Compared 6 decisions of countersign.toml at commit 9ab2e10c4d5e with the queues
  as read at 2026-11-22T09:12:04Z
Against origin/main, from commit 1f2e3d4c5b6a on: 3 introduced, 1 modified, 3
  carried over; 1 taken out
  helpdesk  pending list, 14 calls, 312 rows
  note: the clock is virtual: http://127.0.0.1:7700

NOT READ (1): nothing below speaks for these queues
  !! vault  no answer: GET /Requests: connection refused
      said      "try later"
      next:     countersign doctor

  - deny     helpdesk/14  CHG0031314  AZUREAD\ANNA on FIN-LT-22
      what      file=dbgview.exe vendor=Sysinternals version=4.90
                sha256=fad6b64ecb83...b9cb type="Run As Admin"
      asked     "Driver fault on my machine"
      reason    "Driver fault, vendor case 5512"
      guard     CONTENT CHANGED SINCE REVIEW: file, sha256
      from      decisions/helpdesk/14.toml:1, modified in this change
      edited    guard.version was not there, is "4.90"
      edited    reason
      was       Driver fault, vendor case 5513
      is        Driver fault, vendor case 5512
                                             ^
      decides   as countersign@example.com with env ABR_API_KEY, decided by
                boss@example.com
      unproven  which ticket a request belongs to
      notifies  the user, by email
      undo      in the portal only

  + approve  helpdesk/27  CHG0031327  AZUREAD\ANNA on FIN-LT-22
      what      file=dbgview.exe vendor=Sysinternals version=4.90
                sha256=fad6b64ecb83...b9cb type="Run As Admin"
      asked     "Driver fault on my machine"
      reason    "Driver fault, vendor case 5512"
      guard     fingerprint and 10 fields match
      from      decisions/helpdesk/27.toml:1, introduced in this change
      decides   as countersign@example.com with env ABR_API_KEY, decided by
                boss@example.com
      unproven  which ticket a request belongs to
      notifies  the user, by email
      undo      in the portal only

That these decisions were reviewed is not verified by countersign itself.

Taken out in this change, not known to be done (1)
  . approve  helpdesk/33  CHG0031333  stood at decisions/helpdesk/33.toml:1

Blocked: a person must look (2)
  ! approve  helpdesk/28  CHG0031328  guard-mismatch
      changed since review: version
      version   was 4.90
                is  4.91
                       ^
      sha256    was
                7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed
                is
                3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3
      file      ...dor\Deep\Folder\[-Of-]{+0f+}\Tools\That\Are\Long\dbgview.exe
      from      decisions/helpdesk/28.toml:1, carried over
      next:     Look at what changed. If it is still right: `countersign draft
                --target helpdesk/28 --refresh-guard`, then review the decision
                again.
  ! approve  helpdesk/29  CHG0031329  contradicted
      the vendor shows it denied; decided by "m.lee@example.com"
      from      decisions/helpdesk/29.toml:1, introduced in this change
      next:     Accept it: edit or delete the decision. Or undo it at the
                vendor, with verdict `revoke` where the vendor can.

Waiting: time will tell (1)
  ~ approve  helpdesk/30  CHG0031330  not-granted-yet
      not granted yet: still pending
      from      decisions/helpdesk/30.toml:1, carried over
      next:     Wait; what is to be revoked can be denied instead.

  ? undecided  helpdesk/40  decisions/helpdesk/40.toml:1, introduced in this
      change
Undecided: 1 drafted, nobody has decided; next: countersign queue
Inert: 1 past their expiry, not looked up; next: delete these blocks

Plan: 1 to approve, 1 to deny, 0 to revoke; 2 blocked, 1 waiting, 1 settled.
Digest: sha256:a8d75a625dba663c5dbb1170689caf0b3daebf551321906e9551a38db8c280be
"#);
}

#[test]
fn a_long_look_says_who_wrote_it() {
    let verbose = Style {
        verbose: true,
        ..AT_80
    };
    let text = plan::text(&based(""), &fixture::context(), verbose);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.iter().position(|line| line.contains("27.toml"));
    let from = from.expect("where it stands");
    insta::assert_snapshot!(lines[from..from + 2].join("\n"), @r#"
from      decisions/helpdesk/27.toml:1, introduced in this change; commit
          9ab2e10c4d5e by boss@example.com
"#);
}

#[test]
fn the_comment_folds_what_is_carried_over() {
    let text = markdown::plan(&based(""), &fixture::context()).text;
    insta::assert_snapshot!(text, @r#"
<!-- countersign:plan:countersign.toml -->
## :x: Plan Incomplete (`countersign.toml`)

**Plan: 1 to approve, 1 to deny, 0 to revoke; 2 blocked, 1 waiting, 1 settled.**

Against origin/main, from commit 1f2e3d4c5b6a on: 3 introduced, 1 modified, 3 carried over; 1 taken out

:x: **NOT READ**: `vault`, no answer: `GET /Requests: connection refused`

:warning: `the clock is virtual: http://127.0.0.1:7700`

### Grants (1)

| action | request | ticket | who and on what | what | reason | guard | undo | from |
|---|---|---|---|---|---|---|---|---|
| + approve | `helpdesk/27` | `CHG0031327` | `AZUREAD\ANNA on FIN-LT-22` | `file=dbgview.exe vendor=Sysinternals version=4.90 sha256=fad6b64ecb83...b9cb type="Run As Admin"`<br>asked: `"Driver fault on my machine"` | `Driver fault, vendor case 5512` | fingerprint and 10 fields match | in the portal only | `decisions/helpdesk/27.toml:1, introduced in this change; commit 9ab2e10c4d5e by boss@example.com` |

### Blocked (1)

| action | request | ticket | code | reason | next | from |
|---|---|---|---|---|---|---|
| approve | `helpdesk/29` | `CHG0031329` | contradicted | `the vendor shows it denied; decided by "m.lee@example.com"` | Accept it: edit or delete the decision. Or undo it at the vendor, with verdict `revoke` where the vendor can. | `decisions/helpdesk/29.toml:1, introduced in this change` |

<details><summary>Deny and revoke (1)</summary>

| action | request | ticket | who and on what | what | reason | guard | undo | from |
|---|---|---|---|---|---|---|---|---|
| - deny | `helpdesk/14` | `CHG0031314` | `AZUREAD\ANNA on FIN-LT-22` | `file=dbgview.exe vendor=Sysinternals version=4.90 sha256=fad6b64ecb83...b9cb type="Run As Admin"`<br>asked: `"Driver fault on my machine"` | `Driver fault, vendor case 5512` | :warning: `CONTENT CHANGED SINCE REVIEW: file, sha256` | in the portal only | `decisions/helpdesk/14.toml:1, modified in this change`<br>`guard.version`: was not there, is `4.90`<br>`reason`: was `Driver fault, vendor case 5513`, is `Driver fault, vendor case 5512` |

</details>

<details><summary>Undecided (1)</summary>

| action | request | from |
|---|---|---|
| undecided | `helpdesk/40` | `decisions/helpdesk/40.toml:1, introduced in this change` |

</details>

### Taken out in this change, not known to be done (1)

| action | request | ticket | stood at |
|---|---|---|---|
| approve | `helpdesk/33` | `CHG0031333` | `decisions/helpdesk/33.toml:1` |

<details><summary>Carried over: blocked (1)</summary>

| action | request | ticket | code | reason | next | from |
|---|---|---|---|---|---|---|
| approve | `helpdesk/28` | `CHG0031328` | guard-mismatch | `changed since review: version`; `version`: was `4.90` is `4.91`; `sha256`: was `7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed` is `3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3`; `file`: was `C:\Program Files\Vendor\Deep\Folder\Of\Tools\That\Are\Long\dbgview.exe` is `C:\Program Files\Vendor\Deep\Folder\0f\Tools\That\Are\Long\dbgview.exe` | Look at what changed. If it is still right: `countersign draft --target helpdesk/28 --refresh-guard`, then review the decision again. | `decisions/helpdesk/28.toml:1, carried over` |

</details>

<details><summary>Carried over: waiting and lapsed (1)</summary>

| action | request | ticket | code | reason | next | from |
|---|---|---|---|---|---|---|
| approve | `helpdesk/30` | `CHG0031330` | not-granted-yet | `not granted yet: still pending` | Wait; what is to be revoked can be denied instead. | `decisions/helpdesk/30.toml:1, carried over` |

</details>

<details><summary>Settled (1)</summary>

| action | request | ticket | how | from |
|---|---|---|---|---|
| approve | `helpdesk/3` | `CHG3` | `applied by us (ledger 12), decided by countersign@example.com` | `decisions/helpdesk/3.toml:1, carried over` |

</details>

- Each deny in `helpdesk`: decides `as countersign@example.com with env ABR_API_KEY, decided by boss@example.com`; unproven: which ticket a request belongs to; notifies the user, by email
- Each approve in `helpdesk`: decides `as countersign@example.com with env ABR_API_KEY, decided by boss@example.com`; unproven: which ticket a request belongs to; notifies the user, by email

1 undecided (`countersign queue`).

1 inert, past their expiry.

That these decisions were reviewed is not verified by countersign itself.

Digest: sha256:a8d75a625dba663c5dbb1170689caf0b3daebf551321906e9551a38db8c280be

Commit: `9ab2e10c4d5e6f708192a3b4c5d6e7f8091a2b3c`

Read at 2026-11-22T09:12:04Z
"#);
}

#[test]
fn a_grant_that_is_carried_over_is_folded_and_never_cut() {
    let plan = fixture::many(Verdict::Approve, 150);
    let lines = (0..150).map(|n| line(&(100 + n).to_string(), Scope::CarriedOver, &[]));
    let plan = Plan {
        base: Some(Base {
            lines: lines.collect(),
            ..Base::default()
        }),
        ..plan
    };
    let comment = markdown::plan(&plan, &fixture::context());
    assert!(comment.fits && comment.text.len() <= 60_000);
    assert!(
        comment
            .text
            .contains("<summary>Carried over: grants (150)</summary>")
    );
    for id in 100..250 {
        assert!(comment.text.contains(&format!("helpdesk/{id}`")), "{id}");
    }
}

/// What is only carried over must not keep a change from being reviewed.
#[test]
fn thousands_of_grants_that_are_carried_over_are_named_and_one_that_is_introduced_is_shown() {
    let lines = [line("100", Scope::Introduced, &[])];
    let many = Plan {
        base: Some(Base {
            lines: lines.into(),
            ..Base::default()
        }),
        ..fixture::many(Verdict::Approve, 2000)
    };
    let comment = markdown::plan(&many, &fixture::context());
    assert!(comment.fits && comment.text.len() <= 60_000);
    let (open, fold) = comment.text.split_once("<details>").unwrap();
    assert!(open.contains("### Grants (1)") && open.contains("| + approve | `helpdesk/100` |"));
    let named = fold.lines().filter(|line| line.starts_with("`helpdesk/"));
    assert_eq!(named.count(), 1999);
    assert!(fold.contains("Only named, for want of room"));
    // Without a base all of them are what is reviewed.
    let comment = markdown::plan(&fixture::many(Verdict::Approve, 2000), &fixture::context());
    assert!(
        !comment.fits && !comment.text.contains("helpdesk/100"),
        "all or none"
    );
}

#[test]
fn the_document_has_the_base_and_the_authors_as_they_are() {
    let document: serde_json::Value = serde_json::from_str(&json::plan(&based(""))).unwrap();
    insta::assert_snapshot!(format!("{:#}\n{:#}", document["base"]["lines"][0], document["authors"]), @r#"
{
  "from": {
    "column": 1,
    "file": "decisions/helpdesk/3.toml",
    "line": 1
  },
  "queue": "helpdesk",
  "request": "3",
  "scope": "carried-over"
}
[
  {
    "author": "boss@example.com",
    "commit": "9ab2e10c4d5e6f708192a3b4c5d6e7f8091a2b3c",
    "file": "decisions/helpdesk/27.toml",
    "line": 1
  }
]
"#);
    assert_eq!(document["base"]["removed"][0]["request"], "33");
    let without: serde_json::Value = serde_json::from_str(&json::plan(&fixture::plan(""))).unwrap();
    assert!(without.get("base").is_none() && without.get("authors").is_none());
}

#[test]
fn events_have_a_scope_each() {
    let plan = based("");
    let at: Timestamp = "2026-11-22T09:12:04Z".parse().unwrap();
    let scope = |event: UiEvent<'_>| {
        let event: serde_json::Value = serde_json::from_str(&events::lines(&event, at)).unwrap();
        let of = ["change", "diagnostic"]
            .iter()
            .find_map(|member| event.get(member));
        of.unwrap_or(&event)["scope"].clone()
    };
    assert_eq!(
        scope(UiEvent::PlannedDecision(&plan.changes[0], &plan)),
        "modified"
    );
    assert_eq!(
        scope(UiEvent::PlannedDecision(&plan.changes[1], &plan)),
        "introduced"
    );
    assert_eq!(scope(UiEvent::Held(&plan.holds[0], &plan)), "carried-over");
    assert_eq!(
        scope(UiEvent::UndecidedRequest(&plan.undecided[0], &plan)),
        "introduced"
    );
}
