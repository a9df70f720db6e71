//! One request, read: its facts, where it stands, its votes, how long a grant of it lasts.

use super::*;
use crate::desired::draft;

#[test]
fn every_guard_key_is_read() {
    let request = read(&scheduled()).expect("a request");
    let mut row = immediate();
    row["user_domain"] = json!("corp");
    let other = read(&row).expect("a request");
    let shown = |request: &Request| -> Vec<String> {
        let value = |key| request.facts.get(key).map_or("", VendorText::raw);
        let facts = CAPABILITIES.facts.iter();
        facts
            .map(|fact| format!("{} {}", fact.key, value(fact.key)))
            .collect()
    };
    assert_eq!(
        shown(&request),
        [
            "user anna",
            "account root",
            "server web-01",
            "safe linux",
            "pool web",
            "protocol ssh",
            "type scheduled",
            "interval ",
            "starts-at 2026-11-23 10:00:00+00",
            "expires-at 2026-11-23 18:00:00+00",
            "reason patching",
            "required-votes 1",
            "created-at 2026-11-22 10:00:00.123456+00",
            "user-id 5620492334958379501",
            "account-id 5620492334958379101",
            "server-id 5620492334958379401",
            "safe-id 5620492334958379201",
            "pool-id 5620492334958379301",
        ]
    );
    assert_eq!(shown(&other)[0], "user anna@corp");
    assert_eq!(shown(&other)[7], "interval 8");
    assert_eq!((request.ticket, request.beyond), (None, None));
}

/// 19 digits do not fit a float; a number is taken whole, and a float is refused.
#[test]
fn ids_of_19_digits_stay_whole_as_text_and_as_numbers() {
    let text = immediate().to_string();
    let numbers = text
        .replace(&format!("\"{ID}\""), ID)
        .replace("\"5620492334958379501\"", "5620492334958379501");
    assert_ne!(text, numbers);
    for text in [text.clone(), numbers] {
        let Ok(Record::Request(request)) = record::read(&text, Some(US)) else {
            panic!("{text}");
        };
        assert_eq!(request.id.as_str(), ID);
        let user = request.facts.get("user-id");
        assert_eq!(user, Some(&"5620492334958379501".into()));
    }
    for odd in [
        "5.62e18",
        "5620492334958379009.0",
        "99999999999999999999",
        "-5",
        "\"abc\"",
        "null",
    ] {
        let text = text.replace(&format!("\"{ID}\""), odd);
        assert!(record::read(&text, Some(US)).is_err(), "{odd}");
    }
    assert!(read(&with("server_id", json!(5.62e18))).is_err());
}

#[test]
fn five_words_are_known_and_a_grant_may_be_in_use() {
    let word = |value: Value, activated: Value| {
        let mut row = with("status", value);
        row["activated"] = activated;
        let status = read(&row).expect("a request").status;
        if let Status::Unknown(raw) = &status {
            return format!("unknown: {}", raw.raw());
        }
        status.word().to_owned()
    };
    let idle = |value: &str| word(json!(value), json!(false));
    let words = ["pending", "granted", "rejected", "revoked", "expired"].map(idle);
    assert_eq!(
        words,
        ["pending", "approved", "denied", "revoked", "expired"]
    );
    assert_eq!(word(json!("granted"), json!(true)), "in use");
    // It ran out before it was granted, or its time is over.
    assert_eq!(word(json!("expired"), json!(true)), "finished");
    for (value, activated, unknown) in [
        (json!("pending"), true, "pending, and activated"),
        (json!("Granted"), false, "Granted"),
        (json!("approved"), false, "approved"),
        (Value::Null, false, "no status"),
        (json!(2), false, "no status"),
    ] {
        assert_eq!(word(value, json!(activated)), format!("unknown: {unknown}"));
    }
}

/// Before a grant there is nothing to activate. Of one, whether it is in use, and of its end, whether it was one, only
/// `activated` tells.
#[test]
fn activated_is_not_guessed() {
    let word = |status: &str| {
        let mut row = with("status", json!(status));
        row["activated"] = Value::Null;
        let status = read(&row).expect("a request").status;
        if let Status::Unknown(raw) = &status {
            return format!("unknown: {}", raw.raw());
        }
        status.word().to_owned()
    };
    let words = ["pending", "granted", "rejected", "revoked", "expired"].map(word);
    assert_eq!(
        words,
        [
            "pending",
            "unknown: granted, and not said whether activated",
            "denied",
            "revoked",
            "unknown: expired, and not said whether activated"
        ]
    );
}

/// "Null values are skipped unless asked for": what was asked for by name is there, or was not answered.
#[test]
fn what_was_asked_for_and_decides_where_it_stands_is_there() {
    for field in ["activated", "removed"] {
        let mut row = immediate();
        row.as_object_mut().expect("an object").remove(field);
        let why = read(&row).expect_err("it was asked for");
        assert_eq!(why, format!("field `{field}` was asked for and is missing"));
    }
    let why = read(&with("removed", Value::Null)).expect_err("there, or not?");
    assert_eq!(
        why,
        "field `removed` is null, and does not say whether it is still there"
    );
}

#[test]
fn how_long_a_grant_lasts_follows_from_its_type() {
    let lasts = CAPABILITIES
        .approve
        .and_then(|can| can.lasts)
        .expect("it says");
    let of = |row: &Value| lasts(&read(row).expect("a request").facts);
    let sleeps = "from when the session is begun; the grant sleeps until then, without limit";
    assert_eq!(of(&immediate()), format!("8 hours {sleeps}"));
    assert_eq!(
        of(&with("immediate_interval", json!(1))),
        format!("1 hour {sleeps}")
    );
    let odd = format!("a time that is not 1 to 24 hours {sleeps}");
    assert_eq!(of(&with("immediate_interval", json!(25))), odd);
    assert_eq!(of(&with("immediate_interval", Value::Null)), odd);
    assert_eq!(
        of(&scheduled()),
        "from 2026-11-23 10:00:00+00 to 2026-11-23 18:00:00+00, and sleeps no longer"
    );
    assert!(of(&with("type", json!("scheduled"))).starts_with("not known"));
    assert!(of(&with("type", json!("preview"))).starts_with("not known"));
}

#[test]
fn votes_that_were_taken_back_do_not_count() {
    let mut gone = vote(US, true);
    gone["removed"] = json!(true);
    let row = with(
        "votes",
        json!([gone, vote("boss", true), vote("lee", false)]),
    );
    let votes = read(&row).expect("a request").votes.expect("votes");
    let cast: Vec<_> = votes
        .cast
        .iter()
        .map(|vote| (vote.user.raw(), vote.accepted))
        .collect();
    assert_eq!(cast, [("boss", true), ("lee", false)]);
    assert_eq!(votes.tally().to_string(), "1 of 1 vote");
    let none = read(&with("votes", json!([]))).expect("a request");
    assert_eq!(none.votes.map(|votes| votes.cast), Some(Vec::new()));
}

/// What cannot be read may hide our own vote.
#[test]
fn votes_are_read_whole_or_not_at_all() {
    let mut unsaid = vote("boss", true);
    unsaid["accepted"] = Value::Null;
    let mut nobody = vote("", true);
    nobody["user_id"] = Value::Null;
    for odd in [
        json!([unsaid]),
        json!([nobody]),
        json!([vote("boss", true), vote("boss", false)]),
        json!([1]),
        json!({}),
        json!("none"),
    ] {
        assert!(read(&with("votes", odd.clone())).is_err(), "{odd}");
    }
    let mut row = immediate();
    row.as_object_mut().expect("an object").remove("votes");
    let why = read(&row).expect_err("they were asked for");
    assert_eq!(why, "field `votes` was asked for and is missing");
    let why = read(&with("votes", Value::Null)).expect_err("null is no list");
    assert_eq!(why, "field `votes` is null, and does not say who has voted");
}

/// A vote that shows no id may be that of `voter` where that is one, and the same with names.
#[test]
fn a_vote_shows_whether_it_is_ours_or_the_row_is_not_read() {
    let voted = |vote: Value, voter: &str| {
        let row = with("votes", json!([vote]));
        record::read(&row.to_string(), Some(voter)).map(|_| ())
    };
    let (mut no_id, mut no_name) = (vote("boss", true), vote("boss", true));
    no_id["user_id"] = Value::Null;
    no_name
        .as_object_mut()
        .expect("an object")
        .remove("user_name");
    assert_eq!(
        voted(no_id.clone(), "8").expect_err("whose?"),
        "a vote has no `user_id`, so that nobody knows whether it is that of `voter`"
    );
    assert_eq!(
        voted(no_name.clone(), US).expect_err("whose?"),
        "a vote has no `user_name`, so that nobody knows whether it is that of `voter`"
    );
    assert_eq!(voted(no_id.clone(), US), Ok(()));
    assert_eq!(voted(no_name, "8"), Ok(()));
    // One that was taken back is nobody's.
    no_id["removed"] = json!(true);
    assert_eq!(voted(no_id, "8"), Ok(()));
}

/// One user has one vote, whichever of his members are shown.
#[test]
fn two_votes_of_one_user_are_seen_without_his_id() {
    let nameless = |mut vote: Value| {
        vote["user_id"] = Value::Null;
        vote
    };
    let of = |mut vote: Value, domain: &str| {
        vote["user_domain"] = json!(domain);
        vote
    };
    for twice in [
        [nameless(vote("boss", true)), nameless(vote("boss", false))],
        [vote("boss", true), nameless(vote("boss", true))],
    ] {
        let why = read(&with("votes", json!(twice))).expect_err("two votes");
        assert_eq!(why, "a user has two votes");
    }
    let two = [
        nameless(of(vote("boss", true), "corp")),
        nameless(of(vote("boss", true), "lab")),
    ];
    assert!(read(&with("votes", json!(two))).is_ok());
}

/// Two domains may know the same name: which of two votes is ours, a name without them does not tell.
#[test]
fn of_two_votes_that_fit_none_is_ours() {
    let (mut ours, mut theirs) = (vote(US, true), vote(US, false));
    ours["user_id"] = json!("7");
    theirs["user_id"] = json!("8");
    let row = with("votes", json!([theirs, ours]));
    let as_voter = |voter: &str| record::read(&row.to_string(), Some(voter)).map(|_| ());
    assert_eq!(
        as_voter(US).expect_err("which of them?"),
        "two votes fit `voter`: write our user's id there"
    );
    assert_eq!((as_voter("7"), as_voter("lee")), (Ok(()), Ok(())));
}

/// Members of a vote cannot be asked for by name, and null ones may be left out: no domain is none. Unless it would
/// make a vote ours that is not, or the vendor does write null.
#[test]
fn a_domain_that_is_not_shown_is_not_guessed() {
    let hidden = |user: &str| {
        let mut vote = vote(user, true);
        vote.as_object_mut()
            .expect("an object")
            .remove("user_domain");
        vote
    };
    let voted = |votes: Value, voter: &str| {
        record::read(&with("votes", votes).to_string(), Some(voter)).map(|_| ())
    };
    let whose = "a vote has no `user_domain`, so that nobody knows whether it is that of `voter`";
    assert_eq!(voted(json!([hidden(US)]), US), Ok(()));
    assert_eq!(voted(json!([hidden("lee"), vote(US, true)]), US), Ok(()));
    let corp = "countersign@corp";
    assert_eq!(voted(json!([hidden(US)]), corp), Err(whose.to_owned()));
    assert_eq!(voted(json!([vote(US, true)]), corp), Ok(()));
    assert_eq!(voted(json!([hidden("counter")]), corp), Ok(()));
    let both = json!([vote("lee", true), hidden(US)]);
    assert_eq!(voted(both.clone(), US), Err(whose.to_owned()));
    assert_eq!(voted(both, "8"), Ok(()));
}

#[test]
fn a_vote_is_by_the_one_whose_name_or_id_it_is() {
    let mut row = with("votes", json!([vote(US, true), vote("7", true)]));
    row["votes"][0]["user_id"] = json!(5_620_492_334_958_379_777_u64);
    row["votes"][1]["user_id"] = json!("8");
    row["votes"][1]["user_domain"] = json!(null);
    let votes = read(&row).expect("a request").votes.expect("votes");
    let by = |user: &str| votes.cast.iter().position(|vote| vote.is_by(user));
    assert_eq!(by(US), Some(0));
    assert_eq!(by("5620492334958379777"), Some(0));
    assert_eq!(by("8"), Some(1));
    // Digits are an id: who has chosen them as a name is not taken for another.
    assert_eq!((by("7"), by(""), by("Countersign")), (None, None, None));
    row["votes"][0]["user_domain"] = json!("corp");
    let votes = read(&row).expect("a request").votes.expect("votes");
    let by = |user: &str| votes.cast.iter().position(|vote| vote.is_by(user));
    assert_eq!((by(US), by("countersign@corp")), (None, Some(0)));
}

#[test]
fn who_decided_is_who_voted_so() {
    let decided = |status: &str, votes: Value| {
        let mut row = with("status", json!(status));
        row["votes"] = votes;
        row["revoke_reason"] = json!("maintenance");
        let decided = read(&row).expect("a request").decided;
        let raw =
            |text: Option<VendorText>| text.map_or(String::new(), |text| text.raw().to_owned());
        (raw(decided.by), raw(decided.note))
    };
    let both = || json!([vote("boss", true), vote("lee", false), vote(US, true)]);
    let pair = |by: &str, note: &str| (by.to_owned(), note.to_owned());
    assert_eq!(decided("granted", both()), pair("boss, countersign", ""));
    assert_eq!(decided("rejected", both()), pair("lee", "no"));
    assert_eq!(decided("revoked", both()), pair("", "maintenance"));
    assert_eq!(decided("pending", both()), pair("", ""));
    assert_eq!(decided("expired", both()), pair("", ""));
}

#[test]
fn what_is_odd_is_told_without_a_word_of_the_vendor_s() {
    let twice = immediate()
        .to_string()
        .replacen("{", "{\"status\":\"granted\",", 1);
    let why = record::read(&twice, Some(US)).err().expect("given twice");
    assert_eq!(why, "duplicate field `status`");
    for (key, value) in [
        ("removed", json!("EVIL")),
        ("activated", json!("EVIL")),
        ("required_votes", json!("EVIL")),
        ("user_name", json!({ "EVIL": 1 })),
        ("starts_at", json!(["EVIL"])),
    ] {
        let why = read(&with(key, value)).expect_err(key);
        assert!(!why.contains("EVIL"), "{why}");
    }
    assert!(matches!(
        record::read(&with("removed", json!(true)).to_string(), Some(US)),
        Ok(Record::Removed(id)) if id.as_str() == ID
    ));
}

/// Whoever decides it, reads there how long it would last.
#[test]
fn a_draft_says_how_long_a_grant_would_last() {
    let options = draft::Options {
        ticket: None,
        expires: None,
    };
    let request = read(&immediate()).expect("a request");
    let drafted = draft::draft(&request, &terms(), "v1:sha256:00", &options);
    for line in [
        "#   asked   2026-11-22 10:00:00.123456+00\n",
        "#   lasts   8 hours from when the session is begun; the grant sleeps until then",
    ] {
        assert!(drafted.contains(line), "{drafted}");
    }
}
