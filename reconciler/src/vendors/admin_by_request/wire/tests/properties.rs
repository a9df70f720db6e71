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
}
