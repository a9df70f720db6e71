//! Mistakes in a scenario file: each is told with its place, and nothing is allowed that would pass for want of a look.

use libtest_mimic::{Failed, Trial};

const HEAD: &str = "format = 1\n[scenario]\nid = \"x/y\"\ntitle = \"t\"\nvendors = [\"admin-by-request\"]\n[[given.admin-by-request.request]]\nname = \"cmd\"\n";

/// What a file holds beside a right beginning, and what is said about it.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "unknown-key",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\n[step.expect]\nexitt = 0\n",
        "x/y.scenario.toml:12:1: unknown field `exitt`",
    ),
    (
        "unknown-key-names-the-nearest",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\n[step.expect]\nexitt = 0\n",
        "did you mean `exit`?",
    ),
    (
        "two-verbs",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\nadvance = { by = \"1s\" }\nexpect = { exit = 0 }\n",
        ":8:1: step \"a\" has run and advance",
    ),
    (
        "no-verb",
        "[[step]]\nname = \"a\"\n",
        "has none of the verbs",
    ),
    ("no-step", "", "a story without a step"),
    (
        "run-without-expect",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\n",
        "holds whatever happens",
    ),
    (
        "run-without-exit",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\nexpect = { writes = 0 }\n",
        "`exit` is missing",
    ),
    (
        "none-and-something",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\nexpect = { none = true, writes = 0 }\n",
        "either `none = true` or",
    ),
    (
        "unknown-operation",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\n[step.expect]\nexit = 0\n[[step.expect.calls]]\nop = \"admin-by-request.requests.aprove\"\ncount = 0\n",
        "did you mean \"admin-by-request.requests.approve\"?",
    ),
    (
        "no-number",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\n[step.expect]\nexit = 0\n[[step.expect.effect]]\nverdict = \"approve\"\n",
        "it says nothing",
    ),
    (
        "unknown-name",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\", \"{id.cdm}\"]\nexpect = { exit = 0 }\n",
        "did you mean \"id.cmd\"?",
    ),
    (
        "lone-brace",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\", \"{ x }\"]\nexpect = { exit = 0 }\n",
        "a literal brace is doubled",
    ),
    (
        "unknown-fault",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\nexpect = { exit = 0 }\n[[step.fault]]\nop = \"*\"\nkind = \"rest\"\n",
        "did you mean `reset`?",
    ),
    (
        "idle-variable",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\nexpect = { exit = 0 }\n[[case]]\nname = \"one\"\nvar = { x = 1 }\n",
        "no string of the file holds {var.x}",
    ),
    (
        "unknown-variable",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\", \"{var.x}\"]\nexpect = { exit = 0 }\n",
        "unknown variable of this case \"x\"",
    ),
    (
        "expect-of-another-verb",
        "[[step]]\nname = \"a\"\nadvance = { by = \"1s\" }\nexpect = { exit = 0 }\n",
        "`exit` belongs to `run`",
    ),
    (
        "two-steps-of-one-name",
        "[[step]]\nname = \"a\"\nadvance = { by = \"1s\" }\n[[step]]\nname = \"a\"\nadvance = { by = \"1s\" }\n",
        "two steps are called \"a\"",
    ),
    (
        "signal-to-nobody",
        "[[step]]\nname = \"a\"\nadvance = { by = \"1s\" }\nsignal = { send = \"TERM\", inside = { op = \"*\", phase = \"response\" } }\n",
        "`signal` means nothing to `advance`",
    ),
    (
        "race-in-no-order",
        "[[step]]\nname = \"a\"\nrace = { first = [\"true\"], second = [\"true\"] }\nexpect = { none = true }\n",
        "either `inside = { op, … }` or `order = \"interleave\"`",
    ),
    (
        "restart-of-nothing",
        "[[step]]\nname = \"a\"\nrestart = {}\n",
        "either `to = \"start\"` or `keep = \"state\"`",
    ),
    (
        "explores-no-step",
        "[[step]]\nname = \"a\"\nrun = [\"{cli}\"]\nexpect = { exit = 0 }\n[explore]\nsteps = [\"b\"]\n",
        "unknown `run` step \"b\"; there are a",
    ),
];

/// One trial for each.
pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(name, rest, said): &(&'static str, &'static str, &'static str)| {
        let (rest, said) = (*rest, *said);
        Trial::test(format!("grammar/{name}"), move || is_told(rest, said))
    };
    MISTAKES.iter().map(trial).collect()
}

fn is_told(rest: &str, said: &str) -> Result<(), Failed> {
    let told: Vec<String> = match scenarios::read("x/y.scenario.toml", &format!("{HEAD}{rest}")) {
        Ok(_) => return Err("it was taken for right".into()),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    };
    if told.iter().any(|mistake| mistake.contains(said)) {
        Ok(())
    } else {
        Err(format!("{said:?} is not in {told:#?}").into())
    }
}
