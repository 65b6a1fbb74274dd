//! Numbers as they are written in words: with a real minus, and no more digits than one reads.

/// A number with three significant digits, "0.287", "−10.7", "1.23e-5".
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        let word = if value.is_nan() { "not a number" } else { "∞" };
        return if value < 0.0 { format!("−{word}") } else { word.to_owned() };
    }
    let size = value.abs();
    let text = if size == 0.0 || (1e-3..1e5).contains(&size) {
        let digits = (2.0 - size.max(1e-3).log10().floor()).clamp(0.0, 5.0) as usize;
        let text = format!("{value:.digits$}");
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    } else {
        format!("{value:.2e}")
    };
    text.replacen('-', "−", usize::from(value < 0.0))
}

/// "one, two and three".
pub(crate) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_one_reads() {
        let check = |value: f64, expected: &str| assert_eq!(number(value), expected);
        check(0.0, "0");
        check(1.0, "1");
        check(0.286_83, "0.287");
        check(-10.7_f64, "−10.7");
        check(260.0, "260");
        check(1000.0, "1000");
        check(0.0001, "1.00e-4");
        check(-0.000_012_34, "−1.23e-5");
        check(f64::INFINITY, "∞");
        check(f64::NAN, "not a number");
    }

    #[test]
    fn lists_end_with_and() {
        let check = |words: &[&str], expected: &str| {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(list(&words), expected);
        };
        check(&[], "");
        check(&["a"], "a");
        check(&["a", "b"], "a and b");
        check(&["a", "b", "c"], "a, b and c");
    }
}
