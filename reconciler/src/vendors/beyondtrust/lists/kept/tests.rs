//! What is kept of a list while it streams by.

use std::collections::BTreeSet;

use super::*;

const LIMITS: Limits = Limits {
    rows: 10_000,
    before: 0,
    row: 1000,
};

fn named(ids: &[u64]) -> Wanted {
    let ids: BTreeSet<RequestId> = ids.iter().map(|id| wire::canonical(*id)).collect();
    Wanted::of(Whole::Named(&ids), None)
}

fn lines(kept: Kept<'_>) -> Vec<String> {
    let lines = kept.into_lines().map(|line| match line {
        Line::Request(id, None) => id.to_string(),
        Line::Request(id, Some(text)) => format!("{id}: {text}"),
        Line::Odd(why) => format!("? {why}"),
    });
    lines.collect()
}

#[test]
fn of_a_row_that_nobody_named_only_its_id_is_kept() {
    let wanted = named(&[7]);
    let mut kept = Kept::new(&wanted, LIMITS, None);
    let row = |id: u64| {
        format!(
            "{{\"RequestID\":{id},\"SystemName\":\"{}\"}}",
            "x".repeat(500)
        )
    };
    assert!(kept.take(Piece::Bytes(b"[")).is_continue());
    for id in 1..=9000 {
        let comma = if id == 1 { "" } else { "," };
        let text = format!("{comma}{}", row(id));
        assert!(kept.take(Piece::Bytes(text.as_bytes())).is_continue());
    }
    assert!(kept.take(Piece::Bytes(b"]")).is_continue());
    let texts: usize = kept.texts.iter().map(|(_, text)| text.len()).sum();
    assert_eq!((kept.ids.len(), texts), (9000, row(7).len()));
}

#[test]
fn rows_keep_their_order_the_odd_ones_among_them() {
    let wanted = named(&[2]);
    let mut kept = Kept::new(&wanted, LIMITS, None);
    let list = r#"[5,{"RequestID":1},{"RequestID":2},{},{"RequestID":2},"x"]"#;
    assert!(kept.take(Piece::Bytes(list.as_bytes())).is_continue());
    let kept = kept.end().map_err(|_| "unusable").expect("a list");
    assert_eq!(kept.count(), 6);
    let shown = lines(kept);
    let shown: Vec<&str> = shown
        .iter()
        .map(|line| &line[..line.len().min(20)])
        .collect();
    assert_eq!(
        shown,
        [
            "? it has another sha",
            "1",
            "2: {\"RequestID\":2}",
            "? field `RequestID` ",
            "2: {\"RequestID\":2}",
            "? it has another sha"
        ]
    );
}

/// A list that was cut off is read again from its beginning: nothing of it is kept, told or hashed twice.
#[test]
fn a_list_that_begins_again_is_as_if_it_had_never_begun() {
    let wanted = named(&[1, 2]);
    let hash = |bytes: &[u8]| {
        Sha256::new_with_prefix(b"before")
            .chain_update(bytes)
            .finalize()
    };
    let mut kept = Kept::new(&wanted, LIMITS, Some(Sha256::new_with_prefix(b"before")));
    for piece in [
        Piece::Begins,
        Piece::Bytes(br#"[{"RequestID":1},{"Requ"#),
        Piece::Begins,
        Piece::Bytes(br#"[{"RequestID":2}"#),
        Piece::Begins,
        Piece::Bytes(br#"[{"RequestID":1}"#),
        Piece::Bytes(b"]"),
    ] {
        assert!(kept.take(piece).is_continue());
    }
    let taken = kept.take_hash().expect("hashed").finalize();
    assert_eq!(taken, hash(br#"[{"RequestID":1}]"#));
    assert_eq!(lines(kept), [r#"1: {"RequestID":1}"#]);
}

#[test]
fn enough_is_enough_with_the_rows_of_the_list_before() {
    let wanted = named(&[]);
    let limits = Limits {
        rows: 5,
        before: 3,
        ..LIMITS
    };
    let mut kept = Kept::new(&wanted, limits, None);
    let (two, third) = (br#"[{"RequestID":1},{}"#, br#",{"RequestID":3}"#);
    assert!(kept.take(Piece::Bytes(two)).is_continue());
    assert!(kept.take(Piece::Bytes(third)).is_break());
    assert_eq!(kept.end().err(), Some(Wrong::TooMany(5)));
    for (list, why) in [
        ("[1 2]", "the array of requests is cut off"),
        ("[1", "it is cut off"),
        ("", "the answer is not an array of requests"),
    ] {
        let mut kept = Kept::new(&wanted, LIMITS, None);
        let _ = kept.take(Piece::Bytes(list.as_bytes()));
        assert_eq!(kept.end().err(), Some(Wrong::Malformed(why.to_owned())));
    }
}
