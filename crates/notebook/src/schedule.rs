//! A noise schedule, seen.

use noisebook_diffusion::NoiseSchedule;

use crate::{Plot, plot};

/// Adds curves over t to a [`NoiseSchedule`]. Compare two by [`Plot::line`].
pub trait PlotSchedule {
    /// β of each step.
    fn plot_betas(&self) -> Plot;

    /// ᾱ, the share of the variance that is still picture.
    fn plot_alphas_cumprod(&self) -> Plot;

    /// Signal rate √ᾱ and noise rate √(1 − ᾱ), the factors of the mixture.
    fn plot_rates(&self) -> Plot;

    /// The signal-to-noise ratio in decibels.
    fn plot_snr(&self) -> Plot;
}

impl PlotSchedule for NoiseSchedule {
    fn plot_betas(&self) -> Plot {
        over_t("How much noise each step adds").y("β").line("β", self.betas())
    }

    fn plot_alphas_cumprod(&self) -> Plot {
        over_t("How much of the picture is left")
            .y("ᾱ, share of the variance")
            .line("ᾱ", self.alphas_cumprod())
    }

    fn plot_rates(&self) -> Plot {
        let rates = |rate: fn(f64) -> f64| self.alphas_cumprod().mapv(rate);
        over_t("How much picture, how much noise")
            .y("rate")
            .line("signal √ᾱ", rates(f64::sqrt))
            .line("noise √(1 − ᾱ)", rates(|alpha_cumprod| (1.0 - alpha_cumprod).sqrt()))
    }

    fn plot_snr(&self) -> Plot {
        over_t("Signal to noise").y("SNR, dB").line("SNR", self.snr().mapv(|snr| 10.0 * snr.log10()))
    }
}

fn over_t(title: &str) -> Plot {
    plot(title).x("t, steps")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Show;

    #[test]
    fn a_schedule_says_where_it_begins_and_ends() {
        let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap();
        let check = |plot: &Plot, says: &str| {
            let shown = plot.show();
            assert!(shown.words().contains(says), "{}", shown.words());
        };
        check(&schedule.plot_betas(), "β rises from 1.00e-4 at 1 to 0.02 at 1000");
        check(&schedule.plot_alphas_cumprod(), "ᾱ falls from 1 at 1 to 4.04e-5 at 1000");
        check(
            &schedule.plot_rates(),
            "signal √ᾱ falls from 1 at 1 to 0.00635 at 1000 and noise √(1 − ᾱ) rises",
        );
        check(&schedule.plot_snr(), "SNR falls from 40 at 1 to −43.9 at 1000");
    }
}
