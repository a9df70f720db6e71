//! What a plan, an apply and a list of mistakes look like.

use super::fixture::{self, AT_80, AT_200};
use crate::apply::{Report, Signal};
use crate::error::{Diagnostic, Severity};
use crate::exit::Exit;
use crate::model::{Outcome, Verdict};
use crate::plan::{Envelope, Plan, SavedPlan};
use crate::render::apply::ApplyContext;
use crate::render::layout::columns;
use crate::render::plan::PlanContext;
use crate::render::{Style, apply, explain, json, markdown, mistakes, plan};

#[test]
fn a_closer_look_says_why_a_queue_was_read_so_and_what_that_took() {
    let verbose = Style {
        verbose: true,
        ..AT_80
    };
    let text = plan::text(&fixture::plan(""), &fixture::context(), verbose);
    let head: Vec<&str> = text.lines().skip(2).take(3).collect();
    insta::assert_snapshot!(head.join("\n"), @r"
    helpdesk  pending list, 14 calls, 312 rows
      500 named, more than 128, and the vendor lists the pending ones alone; up to
      8 parts at once; then 12 by id; took 12 s
    ");
}

#[test]
fn a_plan_at_80_columns() {
    let text = plan::text(&fixture::plan(""), &fixture::context(), AT_80);
    assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
    insta::assert_snapshot!(text, @r#"
Compared 6 decisions of countersign.toml at commit 9ab2e10c4d5e with the queues
  as read at 2026-11-22T09:12:04Z
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
      from      decisions/helpdesk/14.toml:1
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
      from      decisions/helpdesk/27.toml:1
      decides   as countersign@example.com with env ABR_API_KEY, decided by
                boss@example.com
      unproven  which ticket a request belongs to
      notifies  the user, by email
      undo      in the portal only

That these decisions were reviewed is not verified by countersign itself.

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
      from      decisions/helpdesk/28.toml:1
      next:     Look at what changed. If it is still right: `countersign draft
                --target helpdesk/28 --refresh-guard`, then review the decision
                again.
  ! approve  helpdesk/29  CHG0031329  contradicted
      the vendor shows it denied; decided by "m.lee@example.com"
      from      decisions/helpdesk/29.toml:1
      next:     Accept it: edit or delete the decision. Or undo it at the
                vendor, with verdict `revoke` where the vendor can.

Waiting: time will tell (1)
  ~ approve  helpdesk/30  CHG0031330  not-granted-yet
      not granted yet: still pending
      from      decisions/helpdesk/30.toml:1
      next:     Wait; what is to be revoked can be denied instead.

Undecided: 1 drafted, nobody has decided; next: countersign queue
Inert: 1 past their expiry, not looked up; next: delete these blocks

Plan: 1 to approve, 1 to deny, 0 to revoke; 2 blocked, 1 waiting, 1 settled.
Digest: sha256:a8d75a625dba663c5dbb1170689caf0b3daebf551321906e9551a38db8c280be
"#);
}

#[test]
fn a_plan_at_200_columns_verbose() {
    let verbose = Style {
        verbose: true,
        ..AT_200
    };
    insta::assert_snapshot!(plan::text(&fixture::plan(""), &fixture::context(), verbose), @r#"
Compared 6 decisions of countersign.toml at commit 9ab2e10c4d5e with the queues as read at 2026-11-22T09:12:04Z
  helpdesk  pending list, 14 calls, 312 rows
    500 named, more than 128, and the vendor lists the pending ones alone; up to 8 parts at once; then 12 by id; took 12 s
  note: the clock is virtual: http://127.0.0.1:7700

NOT READ (1): nothing below speaks for these queues
  !! vault  no answer: GET /Requests: connection refused
      said      "try later"
      next:     countersign doctor

  - deny     helpdesk/14  CHG0031314  AZUREAD\ANNA on FIN-LT-22
      what      email=anna@example.com file=dbgview.exe vendor=Sysinternals version=4.90 sha256=fad6b64ecb834e3281dfbb0c8e13a94273ba85a70f6e141de637aa9632fab9cb type="Run As Admin" settings=Global
      asked     "Driver fault on my machine"
      reason    "Driver fault, vendor case 5512"
      guard     CONTENT CHANGED SINCE REVIEW: file, sha256
      from      decisions/helpdesk/14.toml:1
      decides   as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
      unproven  which ticket a request belongs to
      notifies  the user, by email
      undo      in the portal only

  + approve  helpdesk/27  CHG0031327  AZUREAD\ANNA on FIN-LT-22
      what      email=anna@example.com file=dbgview.exe vendor=Sysinternals version=4.90 sha256=fad6b64ecb834e3281dfbb0c8e13a94273ba85a70f6e141de637aa9632fab9cb type="Run As Admin" settings=Global
      asked     "Driver fault on my machine"
      reason    "Driver fault, vendor case 5512"
      guard     fingerprint and 10 fields match
      from      decisions/helpdesk/27.toml:1
      decides   as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
      unproven  which ticket a request belongs to
      notifies  the user, by email
      undo      in the portal only

That these decisions were reviewed is not verified by countersign itself.

Blocked: a person must look (2)
  ! approve  helpdesk/28  CHG0031328  guard-mismatch
      changed since review: version
      version   was 4.90
                is  4.91
                       ^
      sha256    was 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed
                is  3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3
      file      was C:\Program Files\Vendor\Deep\Folder\Of\Tools\That\Are\Long\dbgview.exe
                is  C:\Program Files\Vendor\Deep\Folder\0f\Tools\That\Are\Long\dbgview.exe
                                                        ^
      from      decisions/helpdesk/28.toml:1
      next:     Look at what changed. If it is still right: `countersign draft --target helpdesk/28 --refresh-guard`, then review the decision again.
  ! approve  helpdesk/29  CHG0031329  contradicted
      the vendor shows it denied; decided by "m.lee@example.com"
      from      decisions/helpdesk/29.toml:1
      next:     Accept it: edit or delete the decision. Or undo it at the vendor, with verdict `revoke` where the vendor can.

Waiting: time will tell (1)
  ~ approve  helpdesk/30  CHG0031330  not-granted-yet
      not granted yet: still pending
      from      decisions/helpdesk/30.toml:1
      next:     Wait; what is to be revoked can be denied instead.

Settled (1)
  = approve  helpdesk/3  CHG3  applied by us (ledger 12), decided by countersign@example.com  decisions/helpdesk/3.toml:1
  ~ deny     helpdesk/1  expired 2026-11-01T00:00:00Z  decisions/helpdesk/1.toml:1

Undecided: 1 drafted, nobody has decided; next: countersign queue
Inert: 1 past their expiry, not looked up; next: delete these blocks

Plan: 1 to approve, 1 to deny, 0 to revoke; 2 blocked, 1 waiting, 1 settled.
Digest: sha256:a8d75a625dba663c5dbb1170689caf0b3daebf551321906e9551a38db8c280be
"#);
}

#[test]
fn a_plan_of_ten_fits_a_screen() {
    let text = plan::text(
        &fixture::many(Verdict::Approve, 10),
        &fixture::context(),
        AT_80,
    );
    assert!(text.lines().count() <= 60, "{}", text.lines().count());
    let head: Vec<&str> = text.lines().take(12).collect();
    let tail: Vec<&str> = text.lines().rev().take(12).collect();
    insta::assert_snapshot!(head.join("\n"), @r#"
Compared 10 decisions of countersign.toml at commit 9ab2e10c4d5e with the queues
  as read at 2026-11-22T09:12:04Z
  helpdesk  pending list, 14 calls, 312 rows
  note: the clock is virtual: http://127.0.0.1:7700

  + approve  helpdesk/100  CHG00313100  AZUREAD\ANNA on FIN-LT-22
      what      file=dbgview.exe vendor=Sysinternals version=4.90 (+2 more)
      reason    "Driver fault, vendor case 5512"
      guard     fingerprint matches; decisions/helpdesk/100.toml:1
  + approve  helpdesk/101  CHG00313101  AZUREAD\ANNA on FIN-LT-22
      what      file=dbgview.exe vendor=Sysinternals version=4.90 (+2 more)
      reason    "Driver fault, vendor case 5512"
"#);
    insta::assert_snapshot!(tail.into_iter().rev().collect::<Vec<_>>().join("\n"), @r#"
  Each approve in helpdesk
      decides   as countersign@example.com with env ABR_API_KEY, decided by
                boss@example.com
      unproven  which ticket a request belongs to
      notifies  the user, by email
      undo      in the portal only

That these decisions were reviewed is not verified by countersign itself.

Plan: 10 to approve, 0 to deny, 0 to revoke; 0 blocked, 0 waiting, 0 settled.
Digest: sha256:7c7f723a5fcc9349964ebd2b02f2d585a4cce1ebed4ab1f15df3860b24278d20
"#);
}

#[test]
fn nothing_to_do() {
    let context = PlanContext {
        notes: vec![],
        ..fixture::context()
    };
    insta::assert_snapshot!(plan::text(&Plan::default(), &context, AT_80), @r#"
No changes.
Compared 0 decisions of countersign.toml at commit 9ab2e10c4d5e with the queues
  as read at 2026-11-22T09:12:04Z
  helpdesk  pending list, 14 calls, 312 rows

Plan: 0 to approve, 0 to deny, 0 to revoke; 0 blocked, 0 waiting, 0 settled.
Digest: sha256:ebcb92088df01069718e99ef63316989742a6ced8fbe7f8b9478b28281557f12
"#);
}

#[test]
fn colour_only_repeats_what_is_said() {
    let colour = Style {
        colour: true,
        ..AT_80
    };
    let plain = plan::text(&fixture::plan(""), &fixture::context(), AT_80);
    let coloured = plan::text(&fixture::plan(""), &fixture::context(), colour);
    assert!(coloured.contains("\u{1b}["));
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(stripped, plain);
}

#[test]
fn a_saved_plan_shows_its_envelope() {
    let envelope = Envelope {
        tool: "0.1.0".to_owned(),
        schema: 1,
        files: [("decisions/helpdesk/27.toml".to_owned(), "ab".to_owned())].into(),
        origins: [(
            "helpdesk".to_owned(),
            "https://dc1api.adminbyrequest.com".to_owned(),
        )]
        .into(),
        commit: Some("9ab2e10c4d5e".to_owned()),
        created: "2026-11-22T09:12:04.5Z".parse().unwrap(),
        expires: "2026-11-23T09:12:04Z".parse().unwrap(),
    };
    let sealed = SavedPlan::seal(fixture::many(Verdict::Deny, 1), envelope);
    let context = PlanContext {
        capabilities: fixture::context().capabilities,
        name: "night.plan".to_owned(),
        ..PlanContext::default()
    };
    let stale = Some("it expired 3 h ago".to_owned());
    insta::assert_snapshot!(plan::saved(&sealed, stale, &context, AT_80), @r#"
Compared 1 decision of night.plan at commit 9ab2e10c4d5e
  saved plan: made at 2026-11-22T09:12:04Z by countersign 0.1.0, may be applied
    until 2026-11-23T09:12:04Z
  helpdesk is https://dc1api.adminbyrequest.com
  its lines come from 1 decision file
  STALE: it expired 3 h ago

  - deny     helpdesk/100  CHG00313100  AZUREAD\ANNA on FIN-LT-22
      what      file=dbgview.exe vendor=Sysinternals version=4.90
                sha256=fad6b64ecb83...b9cb type="Run As Admin"
      asked     "Driver fault on my machine"
      reason    "Driver fault, vendor case 5512"
      guard     fingerprint and 10 fields match
      from      decisions/helpdesk/100.toml:1
      decides   as countersign@example.com with env ABR_API_KEY, decided by
                boss@example.com
      unproven  which ticket a request belongs to
      notifies  the user, by email
      undo      in the portal only

That these decisions were reviewed is not verified by countersign itself.

Plan: 0 to approve, 1 to deny, 0 to revoke; 0 blocked, 0 waiting, 0 settled.
Digest: sha256:1a6251e13734ed8390ab605b263931ee20a3575cbb53b455f992092c30f25c0b
"#);
}

fn account(exit: Exit) -> ApplyContext<'static> {
    ApplyContext {
        exit,
        plan: None,
        name: "countersign.toml",
    }
}

#[test]
fn an_apply_with_every_ending() {
    let report = fixture::report("");
    assert_eq!(report.exit(), Exit::InDoubt);
    insta::assert_snapshot!(apply::text(&report, account(report.exit()), AT_80), @r#"
    Recovered: left open by earlier runs (1)
      = approve  helpdesk/9  CHG9  applied: read back as ours [ledger 5]

    In doubt: not sent again blindly (1)
      ? approve  helpdesk/56  CHG0031356  in doubt: no answer within 30 s [ledger 7]
          from      decisions/helpdesk/56.toml:1
          next:     `countersign apply` reads it again. If it stays in doubt, look
                    in the portal, then: `countersign ledger resolve helpdesk/56
                    --as applied|not-applied --because "…"`

    Refused by the vendor (1)
      ! approve  helpdesk/54  CHG0031354  refused: 403: no rights; the vendor says
          "Request is locked" [ledger 7]
          from      decisions/helpdesk/54.toml:1
          next:     Remove what the vendor objects to (its words are shown), then
                    plan and apply again.

    Contradicted: what stands there is not what was reviewed (1)
      ! approve  helpdesk/53  CHG0031353  contradicted: the vendor shows it denied,
          decided by m.lee@example.com [ledger 7]
          from      decisions/helpdesk/53.toml:1
          next:     Accept it: edit or delete the decision. Or undo it at the
                    vendor, with verdict `revoke` where the vendor can.

    Stale: nothing sent (1)
      ! approve  helpdesk/52  CHG0031352  stale, nothing sent: file differs, decided
          by m.lee@example.com [ledger 7]
          from      decisions/helpdesk/52.toml:1
          next:     Run `countersign plan`, and review what it shows.

    Not sent: may be tried again (1)
      ~ approve  helpdesk/55  CHG0031355  not sent: connection refused [ledger 7]
          from      decisions/helpdesk/55.toml:1
          next:     Run `countersign apply` again.

    Done (2)
      - deny     helpdesk/50  CHG0031350  applied: read back as ours [ledger 7]
      + approve  helpdesk/51  CHG0031351  already decided by m.lee@example.com
          [ledger 7]

    Apply incomplete: 2 done, 1 in doubt, 1 refused, 1 contradicted, 1 stale, 0 held, 1 not sent; 0 blocked.
    Ledger: 418 sha256:9f2e6d33a3717ee826353a404ba4618d1aeeb6879ad7936bce8ed5f46814924d
    "#);
}

#[test]
fn an_apply_that_did_it_all() {
    let report = Report {
        lines: vec![
            fixture::ended(Verdict::Deny, "14", Outcome::Applied),
            fixture::ended(Verdict::Approve, "27", Outcome::StateReached),
        ],
        head: Some((418, "ab12".to_owned())),
        ..Report::default()
    };
    assert_eq!(report.exit(), Exit::Done);
    insta::assert_snapshot!(apply::text(&report, account(Exit::Done), AT_80), @r#"
Done (2)
  - deny     helpdesk/14  CHG0031314  applied: read back as ours [ledger 7]
  + approve  helpdesk/27  CHG0031327  state reached, decider not shown [ledger
      7]

Apply complete! 1 approved, 1 denied, 0 revoked; verified 2 of 2.
Ledger: 418 sha256:ab12
"#);
}

#[test]
fn an_apply_with_nothing_to_do_says_only_the_head() {
    let report = Report {
        head: Some((4, "ab12".to_owned())),
        ..Report::default()
    };
    assert_eq!(
        apply::text(&report, account(Exit::Done), AT_80),
        "Ledger: 4 sha256:ab12\n"
    );
}

#[test]
fn exits_of_reports() {
    let of = |outcome: Outcome| Report {
        lines: vec![fixture::ended(Verdict::Approve, "27", outcome)],
        ..Report::default()
    };
    let stale = || Outcome::Stale {
        why: String::new(),
        by: None,
    };
    let interrupted = |report: Report| Report {
        interrupted: Some(Signal::Terminate),
        ..report
    };
    let mut unsent = of(Outcome::NotSent {
        why: String::new(),
        may_have_left: false,
    });
    unsent.ledger_failed = Some("disk full".to_owned());
    let sent = unsent.clone();
    unsent.lines[0].intent = None;
    for (report, code) in [
        (of(Outcome::Applied), 0),
        (of(Outcome::Recorded { votes: None }), 0),
        (of(Outcome::AlreadyDecided { by: None }), 0),
        (of(stale()), 3),
        (
            of(Outcome::Refused {
                why: String::new(),
                said: None,
                conflict: false,
            }),
            4,
        ),
        (of(Outcome::InDoubt { why: String::new() }), 5),
        (interrupted(of(stale())), 143),
        (interrupted(of(Outcome::InDoubt { why: String::new() })), 5),
        (unsent, 1),
        (sent, 4),
    ] {
        assert_eq!(report.exit().code(), code, "{report:?}");
    }
}

#[test]
fn a_plan_as_a_comment() {
    insta::assert_snapshot!(markdown::plan(&fixture::plan(""), &fixture::context()).text, @r#"
<!-- countersign:plan:countersign.toml -->
## :x: Plan Incomplete (`countersign.toml`)

**Plan: 1 to approve, 1 to deny, 0 to revoke; 2 blocked, 1 waiting, 1 settled.**

:x: **NOT READ**: `vault`, no answer: `GET /Requests: connection refused`

:warning: `the clock is virtual: http://127.0.0.1:7700`

### Grants (1)

| action | request | ticket | who and on what | what | reason | guard | undo | from |
|---|---|---|---|---|---|---|---|---|
| + approve | `helpdesk/27` | `CHG0031327` | `AZUREAD\ANNA on FIN-LT-22` | `file=dbgview.exe vendor=Sysinternals version=4.90 sha256=fad6b64ecb83...b9cb type="Run As Admin"`<br>asked: `"Driver fault on my machine"` | `Driver fault, vendor case 5512` | fingerprint and 10 fields match | in the portal only | `decisions/helpdesk/27.toml:1` |

### Blocked (2)

| action | request | ticket | code | reason | next | from |
|---|---|---|---|---|---|---|
| approve | `helpdesk/28` | `CHG0031328` | guard-mismatch | `changed since review: version`; `version`: was `4.90` is `4.91`; `sha256`: was `7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed` is `3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3`; `file`: was `C:\Program Files\Vendor\Deep\Folder\Of\Tools\That\Are\Long\dbgview.exe` is `C:\Program Files\Vendor\Deep\Folder\0f\Tools\That\Are\Long\dbgview.exe` | Look at what changed. If it is still right: `countersign draft --target helpdesk/28 --refresh-guard`, then review the decision again. | `decisions/helpdesk/28.toml:1` |
| approve | `helpdesk/29` | `CHG0031329` | contradicted | `the vendor shows it denied; decided by "m.lee@example.com"` | Accept it: edit or delete the decision. Or undo it at the vendor, with verdict `revoke` where the vendor can. | `decisions/helpdesk/29.toml:1` |

<details><summary>Deny and revoke (1)</summary>

| action | request | ticket | who and on what | what | reason | guard | undo | from |
|---|---|---|---|---|---|---|---|---|
| - deny | `helpdesk/14` | `CHG0031314` | `AZUREAD\ANNA on FIN-LT-22` | `file=dbgview.exe vendor=Sysinternals version=4.90 sha256=fad6b64ecb83...b9cb type="Run As Admin"`<br>asked: `"Driver fault on my machine"` | `Driver fault, vendor case 5512` | :warning: `CONTENT CHANGED SINCE REVIEW: file, sha256` | in the portal only | `decisions/helpdesk/14.toml:1` |

</details>

<details><summary>Waiting and lapsed (1)</summary>

| action | request | ticket | code | reason | next | from |
|---|---|---|---|---|---|---|
| approve | `helpdesk/30` | `CHG0031330` | not-granted-yet | `not granted yet: still pending` | Wait; what is to be revoked can be denied instead. | `decisions/helpdesk/30.toml:1` |

</details>

<details><summary>Settled (1)</summary>

| action | request | ticket | how | from |
|---|---|---|---|---|
| approve | `helpdesk/3` | `CHG3` | `applied by us (ledger 12), decided by countersign@example.com` | `decisions/helpdesk/3.toml:1` |

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
fn an_apply_as_a_comment() {
    insta::assert_snapshot!(markdown::apply(&fixture::report(""), account(Exit::InDoubt)).text, @r#"
    <!-- countersign:apply:countersign.toml -->
    ## :x: Apply Incomplete (`countersign.toml`)

    **Apply incomplete: 2 done, 1 in doubt, 1 refused, 1 contradicted, 1 stale, 0 held, 1 not sent; 0 blocked.**


    ### Grants (6)

    | action | request | ticket | outcome | next | from |
    |---|---|---|---|---|---|
    | + approve | `helpdesk/56` | `CHG0031356` | `in doubt: no answer within 30 s` | `countersign apply` reads it again. If it stays in doubt, look in the portal, then: `countersign ledger resolve helpdesk/56 --as applied\|not-applied --because "…"` | `decisions/helpdesk/56.toml:1` |
    | + approve | `helpdesk/54` | `CHG0031354` | `refused: 403: no rights; the vendor says "Request is locked"` | Remove what the vendor objects to (its words are shown), then plan and apply again. | `decisions/helpdesk/54.toml:1` |
    | + approve | `helpdesk/53` | `CHG0031353` | `contradicted: the vendor shows it denied, decided by m.lee@example.com` | Accept it: edit or delete the decision. Or undo it at the vendor, with verdict `revoke` where the vendor can. | `decisions/helpdesk/53.toml:1` |
    | + approve | `helpdesk/52` | `CHG0031352` | `stale, nothing sent: file differs, decided by m.lee@example.com` | Run `countersign plan`, and review what it shows. | `decisions/helpdesk/52.toml:1` |
    | + approve | `helpdesk/55` | `CHG0031355` | `not sent: connection refused` | Run `countersign apply` again. | `decisions/helpdesk/55.toml:1` |
    | + approve | `helpdesk/51` | `CHG0031351` | `already decided by m.lee@example.com` |  | `decisions/helpdesk/51.toml:1` |

    <details><summary>Denied and revoked (1)</summary>

    | action | request | ticket | outcome | next | from |
    |---|---|---|---|---|---|
    | - deny | `helpdesk/50` | `CHG0031350` | `applied: read back as ours` |  | `decisions/helpdesk/50.toml:1` |

    </details>

    Ledger: 418 sha256:9f2e6d33a3717ee826353a404ba4618d1aeeb6879ad7936bce8ed5f46814924d
    "#);
}

#[test]
fn a_comment_never_leaves_a_grant_out() {
    for grants in [10, 100, 200, 400, 2_000] {
        let mut plan = fixture::many(Verdict::Approve, grants);
        plan.changes
            .extend(fixture::many(Verdict::Deny, 2_000).changes);
        let comment = markdown::plan(&plan, &fixture::context());
        assert!(comment.text.len() <= 60_000, "{}", comment.text.len());
        let shown = |n: usize| comment.text.contains(&format!("`helpdesk/{}`", 100 + n));
        if comment.fits {
            assert!((0..grants).all(shown), "{grants}");
            assert!(comment.text.contains("rows left out"), "{grants}");
        } else {
            assert!(grants > 200);
            assert!(
                comment.text.contains("grants do not fit"),
                "{}",
                comment.text
            );
        }
        assert!(comment.text.contains(&format!("Digest: {}", plan.digest())));
    }
}

#[test]
fn a_report_as_a_document() {
    let report = Report {
        lines: vec![fixture::ended(Verdict::Deny, "14", Outcome::Applied)],
        head: Some((418, "sha256:ab12".to_owned())),
        ..Report::default()
    };
    insta::assert_snapshot!(json::apply(&report, account(Exit::Done)), @r#"
    {
      "command": "apply",
      "complete": true,
      "counts": {
        "already-decided": 0,
        "applied": 1,
        "blocked": 0,
        "contradicted": 0,
        "filed": 0,
        "granted-otherwise": 0,
        "held": 0,
        "in-doubt": 0,
        "not-sent": 0,
        "recorded": 0,
        "refused": 0,
        "stale": 0,
        "state-reached": 0,
        "unread": 0
      },
      "exit": 0,
      "head": {
        "hash": "sha256:ab12",
        "seq": 418
      },
      "interrupted": null,
      "ledger_failed": null,
      "lines": [
        {
          "digest": "sha256:8527a891e224136950ff32ca212b45bc93f69fbb801c3b1ebedac52775f99e61",
          "from": {
            "column": 1,
            "file": "decisions/helpdesk/14.toml",
            "line": 1
          },
          "intent": 7,
          "outcome": "applied",
          "queue": "helpdesk",
          "request": "14",
          "spent_before": false,
          "ticket": "CHG0031314",
          "verdict": "deny"
        }
      ],
      "recovered": [],
      "schema": 1
    }
    "#);
}

#[test]
fn mistakes_with_their_lines() {
    let one = |column, length, message: &str, source: &str| Diagnostic {
        file: "decisions/helpdesk/27.toml".to_owned(),
        line: 12,
        column,
        length,
        severity: Severity::Error,
        message: message.to_owned(),
        hint: Some("did you mean `reason`?".to_owned()),
        source_line: Some(source.to_owned()),
    };
    let list = [
        one(1, 6, "unknown key `raeson`", "raeson = \"Driver fault\""),
        one(13, 5, "no such verdict", "  verdict = \u{202e}yes\u{202c}"),
        one(5, 0, "missing value", "a = "),
    ];
    insta::assert_snapshot!(mistakes::list(&list, AT_80), @r#"
decisions/helpdesk/27.toml:12:1: error: unknown key `raeson`
  12 | raeson = "Driver fault"
     | ^^^^^^
  hint: did you mean `reason`?
decisions/helpdesk/27.toml:12:13: error: no such verdict
  12 | verdict = \u{202e}yes\u{202c}
     |           ^^^^^^^^^^^^^^^^^^^
  hint: did you mean `reason`?
decisions/helpdesk/27.toml:12:5: error: missing value
  12 | a = 
     |     ^
  hint: did you mean `reason`?
3 errors.
"#);
}

#[test]
fn explained_codes() {
    insta::assert_snapshot!(explain::code("in-doubt", &[], AT_80).unwrap(), @r#"
in-doubt: a hold, blocked
      means     An earlier run may have sent a call for this request, and its
                outcome is unknown. Nothing is sent again blindly.
      next:     Run `countersign apply`, or where nobody can be asked
                `countersign apply PLAN` with any saved plan, the spent one too:
                it reads the request again before anything else. If it stays in
                doubt, look in the vendor's portal and run `countersign ledger
                resolve QUEUE/ID --as applied|not-applied --because "…"`.

in-doubt: an outcome, exit 5
      means     Nobody knows whether the call took effect. It is not sent again
                blindly.
      next plan blocked: in-doubt, until a read or a person settles it; what is
                resolved as not applied is offered again
      next:     Run `countersign apply`: it reads the request again before
                anything else. If it stays in doubt, look in the vendor's portal
                and run `countersign ledger resolve QUEUE/ID --as
                applied|not-applied --because "…"`.
"#);
    insta::assert_snapshot!(explain::code("gaurd-mismatch", &[], AT_80).unwrap_err(), @"did you mean guard-mismatch? `countersign explain` lists them all");
    let all = explain::all(AT_80);
    assert!(all.contains("queue-disabled") && all.contains("state-reached"));
}
