//! Chance that comes from a number: which pictures a blind test shows, and in which order things are offered.

/// The `nth` number that belongs to `seed`, by the mixing function of `SplitMix64` (Steele, Lea & Flood 2014).
pub(super) fn mixed(seed: u64, nth: u64) -> u64 {
    let z = seed.wrapping_add(nth.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The indices 0…n − 1 in an order that belongs to `seed`, by Fisher and Yates.
pub(super) fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        let other = mixed(seed, last as u64) % (last as u64 + 1);
        order.swap(last, other as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_holds_everything_once_and_seeds_differ() {
        let mut order = shuffled(20, 7);
        assert_eq!(order, shuffled(20, 7));
        assert_ne!(order, shuffled(20, 8));
        order.sort_unstable();
        assert!(order.into_iter().eq(0..20));
        assert!(shuffled(0, 1).is_empty());
    }
}
