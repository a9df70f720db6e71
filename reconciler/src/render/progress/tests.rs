//! What the lines say, at moments of our own choosing.

use super::*;

/// What is said of a queue that comes so far at these seconds.
fn told(amounts: &[(u64, Amount)]) -> String {
    let began = Instant::now();
    let mut line = Line {
        pace: Pace::default(),
        stage: std::mem::discriminant(&amounts[0].1.stage),
        bar: ProgressBar::hidden(),
    };
    let mut said = String::new();
    for (second, amount) in amounts {
        said = line.note("helpdesk", amount, began + Duration::from_secs(*second));
    }
    said
}

fn amount(stage: Stage) -> Amount {
    Amount {
        stage,
        held_back: None,
        limit: None,
    }
}

fn rows(rows: u64, share: Option<u16>) -> Amount {
    amount(Stage::Rows { rows, share })
}

#[test]
fn a_list_tells_its_rows_its_pace_and_what_is_left_where_that_can_be_known() {
    insta::assert_snapshot!(told(&[(0, rows(0, None))]), @"helpdesk: 0 rows");
    insta::assert_snapshot!(told(&[(0, rows(0, None)), (2, rows(122_000, None))]), @"helpdesk: 122,000 rows, 61,000/s");
    let list = [(0, rows(290_000, Some(280))), (2, rows(412_000, Some(400)))];
    insta::assert_snapshot!(told(&list), @"helpdesk: 412,000 rows, 61,000/s, about 40 %, 11 s left");
    let end = [(0, rows(1, Some(1))), (2, rows(1000, Some(1000)))];
    insta::assert_snapshot!(told(&end), @"helpdesk: 1,000 rows, 500/s, about 100 %");
}

#[test]
fn look_ups_have_a_pace_of_their_own() {
    let look_ups = |done| {
        amount(Stage::LookUps {
            rows: 10_000,
            done,
            of: 100,
        })
    };
    let story = [
        (0, rows(0, None)),
        (9, rows(10_000, None)),
        (10, look_ups(0)),
        (14, look_ups(10)),
    ];
    insta::assert_snapshot!(told(&story), @"helpdesk: 10,000 rows, 10 of 100 looked up, 2.5/s, 36 s left");
}

#[test]
fn waiting_for_our_own_rate_limit_is_said_and_counted() {
    let at = |done, held| Amount {
        held_back: Some(Duration::from_secs(held)),
        limit: Some(60),
        ..amount(Stage::Changes { done, of: 300 })
    };
    // A burst, and then the rest of its minute.
    let story = [(0, at(0, 0)), (2, at(20, 0)), (20, at(20, 40))];
    insta::assert_snapshot!(told(&story), @"helpdesk: 20 of 300 changes, 1.0/s, 5 min left, waiting 40 s (rate limit 60/min)");
    let story = [(0, at(0, 0)), (60, at(20, 1)), (119, at(40, 0))];
    insta::assert_snapshot!(told(&story), @"helpdesk: 40 of 300 changes, 20/min, 13 min left");
}

#[test]
fn times_and_numbers_have_as_many_digits_as_are_read() {
    let times =
        [0, 1, 99, 100, 5999, 6000, 100_000].map(|seconds| time(Duration::from_secs(seconds)));
    assert_eq!(
        times,
        ["0 s", "1 s", "99 s", "2 min", "100 min", "2 h", "28 h"]
    );
    assert_eq!(time(Duration::from_millis(1100)), "2 s");
    let numbers = [0, 999, 1000, 123_456, 1_234_567].map(grouped);
    assert_eq!(numbers, ["0", "999", "1,000", "123,456", "1,234,567"]);
    let rates = [0.5, 1.0, 9.94, 10.4, 61_000.2].map(rate);
    assert_eq!(rates, ["30/min", "1.0/s", "9.9/s", "10/s", "61,000/s"]);
}
