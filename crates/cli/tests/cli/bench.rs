//! `bench ui`: the window measured without one.

use crate::program::{prints_json, refuses};

#[test]
fn the_window_is_measured_without_a_display() {
    let quick = ["bench", "ui", "--json", "--minutes", "0.01", "--passes", "40", "--scrubs", "10"];
    let report = prints_json(&quick);
    let number = |key: &str| report[key].as_f64().unwrap_or_else(|| panic!("no {key} in {report}"));
    // Generous, since other tests compute at the same time; what is good is far below.
    for (key, least, most) in [
        ("first_frame_ms", 0.1, 60_000.0),
        ("pass_ms_p50", 0.001, 1000.0),
        ("pass_ms_p99", number("pass_ms_p50"), 10_000.0),
        ("training_ms_p50", 0.001, 1000.0),
        ("training_ms_p99", number("training_ms_p50"), 10_000.0),
        ("game_ms_p50", 0.001, 1000.0),
        ("game_ms_p99", number("game_ms_p50"), 10_000.0),
        ("scrub_ms_p50", 0.001, 10_000.0),
        ("scrub_ms_p99", number("scrub_ms_p50"), 60_000.0),
        ("schedule_ms_p50", 0.001, 10_000.0),
        ("schedule_ms_p99", number("schedule_ms_p50"), 60_000.0),
        ("num_passes", 40.0, 40.0),
        ("num_scrubs", 10.0, 10.0),
        ("minutes", 0.01, 0.01),
    ] {
        assert!((least..=most).contains(&number(key)), "{key} in {report}");
    }
    for key in ["memory_mb_start", "memory_mb_end"] {
        if cfg!(target_os = "linux") {
            assert!((10.0..4000.0).contains(&number(key)), "{key} in {report}");
        } else {
            assert!(report[key].is_null(), "{key} in {report}");
        }
    }
}

#[test]
fn nobody_waits_longer_than_an_hour() {
    refuses(&["bench", "ui", "--minutes", "61"], 2, &["--minutes", "from 0 to 60"]);
}
