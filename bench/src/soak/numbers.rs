use std::sync::atomic::{AtomicUsize, Ordering};

/// BSNs that begin with 9, as those of DigiD's test accounts do, in the same order in every run and each once.
#[derive(Default)]
pub(super) struct TestNumbers(AtomicUsize);

impl TestNumbers {
    pub(super) fn next(&self) -> String {
        loop {
            let stem = FIRST + self.0.fetch_add(1, Ordering::Relaxed) % STEMS;
            if let Some(number) = with_last_digit(stem) {
                return number;
            }
        }
    }
}

/// Adds to eight digits the one with which they pass the eleven-test; one stem in eleven has none.
fn with_last_digit(stem: usize) -> Option<String> {
    let digits = stem.to_string();
    let weighted = digits.bytes().zip((2..=9).rev()).map(|(digit, weight)| usize::from(digit - b'0') * weight);
    let last = weighted.sum::<usize>() % 11;
    (last < 10).then(|| format!("{digits}{last}"))
}

const FIRST: usize = 90_000_000;
const STEMS: usize = 10_000_000;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use saml_name_id::Bsn;

    use super::*;

    #[test]
    fn each_number_is_a_test_number_that_passes_the_eleven_test_and_comes_once() {
        let numbers = TestNumbers::default();
        let all: BTreeSet<String> = (0..10_000).map(|_| numbers.next()).collect();
        assert_eq!(all.len(), 10_000);
        assert!(all.iter().all(|number| Bsn::parse(number).unwrap().is_test_number()));
    }
}
