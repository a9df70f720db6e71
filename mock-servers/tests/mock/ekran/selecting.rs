//! Which requests a call selects: processed ones alone, by the time they were processed.

use super::console::{console, with};

#[tokio::test]
async fn only_what_was_processed_is_listed() {
    let console = console().await;
    assert_eq!(console.ids("").await, [1, 2, 3, 5, 8]);
    let states: Vec<_> = console.state()["requests"].as_array().unwrap().clone();
    assert_eq!(states.len(), 8, "the others are there");
}

#[tokio::test]
async fn start_and_end_compare_the_time_of_processing() {
    let console = console().await;
    for (query, expected) in [
        ("?start=2026-03-01T12:30", vec![3, 5, 8]),
        ("?end=2026-03-01T12:30", vec![1, 2]),
        ("?start=2026-03-01T10:30&end=2026-03-01T12:30:00", vec![2]),
        // Requested before, processed after.
        ("?start=2026-03-01", vec![1, 2, 3, 5, 8]),
        ("?end=2026-03-01", vec![]),
        ("?start=2026-03-02T08:00", vec![]),
        ("?start=2026-03-01T12:30&end=2026-03-01T10:00", vec![]),
        ("?start=&end=", vec![1, 2, 3, 5, 8]),
    ] {
        assert_eq!(console.ids(query).await, expected, "{query}");
    }
    assert!(console.strange().await.is_empty());
}

#[tokio::test]
async fn whether_bounds_are_inclusive_is_a_switch() {
    for (value, start, end) in [
        ("inclusive", vec![2, 3, 5, 8], vec![1, 2]),
        ("exclusive", vec![3, 5, 8], vec![1]),
    ] {
        let console = with(&[("bounds", value)]).await;
        assert_eq!(
            console.ids("?start=2026-03-01T12:00").await,
            start,
            "{value}"
        );
        assert_eq!(
            console.ids("?end=2026-03-01T12:00:00").await,
            end,
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_time_without_a_zone_is_the_servers() {
    let utc = console().await;
    assert_eq!(utc.ids("?start=2026-03-01T14:00").await, [5, 8]);
    let east = with(&[("time-zone", "+02:00")]).await;
    assert_eq!(east.ids("?start=2026-03-01T14:00").await, [2, 3, 5, 8]);
    assert_eq!(
        east.shown(2).await["statusChangedAt"],
        "2026-03-01T14:00:00.000"
    );
}

#[tokio::test]
async fn a_count_above_a_thousand_is_refused_and_zero_is_allowed() {
    let console = console().await;
    for (count, expected) in [
        (0, vec![]),
        (1, vec![1]),
        (2, vec![1, 2]),
        (1000, vec![1, 2, 3, 5, 8]),
    ] {
        assert_eq!(
            console.ids(&format!("?count={count}")).await,
            expected,
            "{count}"
        );
    }
    for count in ["1001", "4294967295"] {
        assert_eq!(
            console.get(&format!("?count={count}")).await.status,
            400,
            "{count}"
        );
    }
    // In any dialect: the document says so.
    let lax = with(&[("wrong-value", "ignored")]).await;
    assert_eq!(lax.get("?count=1001").await.status, 400);
}

#[tokio::test]
async fn a_value_of_another_form_is_a_switch_and_noted() {
    for query in [
        "?start=2021-04-01T12:00:00Z",
        "?start=2021-04-01%2012:00",
        "?end=01.04.2031",
        "?end=2026-13-01",
        "?count=-1",
        "?count=ten",
        "?count=1.5",
        "?afterId=0",
        "?afterId=-3",
    ] {
        let strict = console().await;
        assert_eq!(strict.get(query).await.status, 400, "{query}");
        assert_eq!(strict.strange().await.len(), 1);
        let lax = with(&[("wrong-value", "ignored")]).await;
        assert_eq!(lax.ids(query).await, [1, 2, 3, 5, 8], "{query}");
        assert_eq!(lax.strange().await.len(), 1);
    }
}

#[tokio::test]
async fn what_the_document_does_not_know_is_noted() {
    let console = console().await;
    console.get("?status=Approved&count=1&Count=2").await;
    assert_eq!(
        console.strange().await,
        ["unknown parameter status", "parameter Count given twice"]
    );
}
