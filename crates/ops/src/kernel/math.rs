//! Functions of numbers, written without branches or calls so that the compiler vectorizes loops over them.

/// e^x with a relative error below 3e-7; above e^88 it stays there, and below e^−80 it is 0: products with numbers that small
/// leave the range of f32 gradually, and processors are a hundred times slower there.
///
/// e^x = 2^n · e^r with |r| ≤ ln 2 / 2, and e^r by its Taylor polynomial of degree 6.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln 2 in two parts, so that x − n·ln 2 keeps its digits (Cody and Waite).
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding 1.5·2²³ rounds to an integer and leaves it in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;

    let clamped = x.clamp(-80.0, 88.0);
    let shifted = clamped * LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
    let e_r = 1.0
        + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    let result = e_r * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    if x < -80.0 { 0.0 } else { result }
}

/// The logistic function 1 / (1 + e^−x).
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    let far = 1.0 / (1.0 + e);
    if x < 0.0 { e * far } else { far }
}

/// The hyperbolic tangent: (1 − e^−2x) / (1 + e^−2x), and near 0, where that loses digits, a polynomial
/// (Moshier's Cephes, tanhf).
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let z = x * x;
    let p =
        (((-5.704_988_7e-3 * z + 2.063_909e-2) * z - 5.373_971e-2) * z + 1.333_144_2e-1) * z - 3.333_328e-1;
    let near = x + x * z * p;
    let e = exp(-2.0 * x.abs());
    let far = ((1.0 - e) / (1.0 + e)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

/// Values that are added up, or compared, side by side: a vector, or a few.
const LANES: usize = 16;

/// Σ term(values) over equally long inputs, in sixteen running sums: vectorizable, always in the same order, and more exact
/// than one.
#[inline(always)]
pub(crate) fn lane_sum<const N: usize>(inputs: [&[f32]; N], term: impl Fn([f32; N]) -> f32) -> f32 {
    let n = inputs[0].len();
    let (mut chunks, mut rests) = ([&[][..]; N], [&[][..]; N]);
    for ((chunks, rest), values) in chunks.iter_mut().zip(&mut rests).zip(inputs) {
        (*chunks, *rest) = values[..n].as_chunks::<LANES>();
    }
    let mut sums = [0.0; LANES];
    for i in 0..chunks[0].len() {
        let mut values = [[0.0; LANES]; N];
        for (values, chunks) in values.iter_mut().zip(chunks) {
            *values = chunks[i];
        }
        for (lane, sum) in sums.iter_mut().enumerate() {
            let mut terms = [0.0; N];
            for (to, values) in terms.iter_mut().zip(&values) {
                *to = values[lane];
            }
            *sum += term(terms);
        }
    }
    let mut sum: f32 = sums.iter().sum();
    for i in 0..rests[0].len() {
        let mut terms = [0.0; N];
        for (to, rest) in terms.iter_mut().zip(rests) {
            *to = rest[i];
        }
        sum += term(terms);
    }
    sum
}

/// The largest value.
#[inline(always)]
pub(crate) fn lane_max(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut largest = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (largest, &value) in largest.iter_mut().zip(chunk) {
            *largest = if value > *largest { value } else { *largest };
        }
    }
    largest.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Σ over the rows of `columns` values each.
pub(crate) fn column_sums(values: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    super::vectorized(
        #[inline(always)]
        || {
            for row in values.chunks_exact(columns) {
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        },
    );
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest relative error over −80 to 80.
    fn largest_error(found: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        let xs = (-160_000..=160_000_i32).map(|i| i as f32 / 2000.0);
        xs.map(|x| {
            let exact = exact(f64::from(x));
            (f64::from(found(x)) - exact).abs() / exact.abs().max(1e-36)
        })
        .fold(0.0, f64::max)
    }

    #[test]
    fn functions_agree_with_those_of_f64() {
        assert!(largest_error(exp, f64::exp) < 4e-7);
        assert!(largest_error(sigmoid, |x| 1.0 / (1.0 + (-x).exp())) < 5e-7);
        assert!(largest_error(tanh, f64::tanh) < 5e-7);
    }

    #[test]
    fn functions_stay_finite_and_fast_beyond_the_range_of_f32() {
        for x in [-1e30, -200.0, 200.0, 1e30] {
            assert!(exp(x).is_finite() && sigmoid(x).is_finite() && tanh(x).abs() == 1.0, "at {x}");
        }
        assert_eq!((exp(-81.0), sigmoid(-81.0)), (0.0, 0.0), "nothing is left that would be slow");
    }
}
