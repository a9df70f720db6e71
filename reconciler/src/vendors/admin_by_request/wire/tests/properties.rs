//! What holds for any bytes, and for any request.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), after in any::<Option<u64>>()) {
        let _ = page(&bytes, after, &Wanted::All);
        let _ = tail_id(&bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = object(text);
        }
    }

    #[test]
    fn no_cut_or_change_of_the_sample_makes_it_panic(cut in 0..SAMPLE.len(), at in 0..SAMPLE.len(), byte in any::<u8>()) {
        let mut bytes = SAMPLE.as_bytes()[..cut].to_vec();
        prop_assert!(page(&bytes, None, &Wanted::All).is_err());
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let _ = page(&bytes, None, &Wanted::All);
    }

    #[test]
    fn a_list_row_and_the_object_give_equal_facts(
        id in 0_u64..10_000_000_000_000_000_000,
        texts in proptest::collection::vec(proptest::option::of(".{0,20}"), 6),
        word in "(Pending approval|Denied|Approved|Running|.{0,9})",
        code in proptest::option::of(0_u8..9),
    ) {
        let json = |text: &Option<String>| serde_json::to_string(text).expect("text");
        let [reason, file, account, computer, threat, settings] = texts.as_slice() else { panic!("six") };
        let row = format!(
            r#"{{"id":"{id}","reason":{},"application":{{"file":{},"threat":{}}},"user":{{"account":{}}},"computer":{{"name":{}}},"settingsName":{},"status":{},"statusCode":{}}}"#,
            json(reason), json(file), json(threat), json(account), json(computer), json(settings),
            json(&Some(word)), serde_json::to_string(&code).expect("a number"),
        );
        let listed = request(&row);
        prop_assert_eq!(&object(&row), &Ok(listed.clone()));
        prop_assert_eq!(listed.id.as_str(), id.to_string());
        prop_assert_eq!(listed.facts.get("file").map(VendorText::raw), file.as_deref().filter(|text| !text.is_empty()));
        // And in brief it stands where it stands as a whole.
        let brief = page(format!("[{row}]").as_bytes(), None, &named(&[])).expect("a page").rows.remove(0);
        prop_assert_eq!(brief, Row::Brief { id: listed.id, status: listed.status });
    }

    #[test]
    fn the_fast_way_agrees_with_the_strict_one_wherever_it_answers(
        text in r#"\{(("(id|ID|status|statusCode|a|b\\\\n|x\\\\u0041)"|"") ?: ?(-?[0-9]{1,3}(\.5|e2)?|0[0-9]|null|true|fals|"[a-z\\\\"/]{0,12}"|"(\\\\u[0-9a-g]{4}|x){0,3}"|"\\\\[a-z]é{0,9}"|\[(1|"b"|[ ,]){0,3}\]|\{("k":("v"|2)[,]?){0,2}\}|),? ?){0,5}\}"#,
        tail in r#"[\],}" ]{0,3}"#,
    ) {
        agree(&format!("{text}{tail}"))?;
    }

    #[test]
    fn nor_do_they_differ_on_a_sample_with_a_byte_changed(at in 0..SAMPLE.len(), byte in 0_u8..128) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        bytes[at] = byte;
        let text = String::from_utf8(bytes).expect("ASCII");
        agree(text.trim_start_matches(['[', ' ', '\n']))?;
    }
}

fn agree(text: &str) -> Result<(), TestCaseError> {
    let Some((brief, end)) = skim::skim(text) else {
        return Ok(());
    };
    let mut strict = Deserializer::from_str(text).into_iter::<Brief<'_>>();
    match strict.next() {
        Some(Ok(expected)) => {
            prop_assert_eq!(brief, expected);
            prop_assert_eq!(end, strict.byte_offset());
            Ok(())
        }
        other => Err(TestCaseError::fail(format!(
            "only the fast way accepts {text:?}: {other:?}"
        ))),
    }
}

#[test]
fn the_fast_way_answers_for_every_honest_row() {
    let rows = SAMPLE
        .trim()
        .trim_start_matches('[')
        .trim_end_matches(']')
        .trim();
    assert_eq!(skim::skim(rows).map(|(_, end)| end), Some(rows.len()));
    for text in [
        "{\"a\":\"\\n\\\"\",\"id\":7}",
        "{ \"id\" : null }",
        "{\"reason\":\"it\\u0027s \\ud83d\\ude00\",\"id\":7}",
        "{\"x\":[[[]]],\"id\":\"7\",\"y\":{\"z\":{}}}",
    ] {
        assert_eq!(
            skim::skim(text).map(|(_, end)| end),
            Some(text.len()),
            "{text}"
        );
    }
}
