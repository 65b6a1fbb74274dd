//! How each sampler's step reads: as a formula with terms, and as the lines of Rust that compute it.
//!
//! The rules are named as in `StepFormula::rule`. Numbers come from the lab; here is only how they are written.

/// A step's rule.
pub(crate) struct Rule {
    /// The formula, its terms named as the pictures of the X-ray; `fresh` is the noise that the step adds.
    pub tex: &'static str,
    /// The lines of Rust that make the next x.
    code: &'static str,
}

/// The rule of this name, where there is one.
pub(crate) fn rule(name: &str) -> Option<Rule> {
    let rule = |tex, code| Some(Rule { tex, code });
    match name {
        "ddpm" => rule(
            r"\term{x_next}{x_s} = \term{signal}{a\,\term{pred_x0}{\hat x_0}} + b\,\term{x_t}{x_t} + \term{noise}{\sigma\,\term{fresh}{z}}",
            "let mean = ((&pred_x0 * x0_rate)? + (&x_t * x_t_rate)?)?;\nlet x_next = (mean + (noise * sigma)?)?;",
        ),
        "ddim" => rule(
            r"\term{x_next}{x_s} = \term{signal}{\sqrt{\bar\alpha_s}\,\term{pred_x0}{\hat x_0}} + \term{noise}{\sqrt{1-\bar\alpha_s-\sigma^2}\,\term{pred_eps}{\hat\epsilon}} + \term{noise}{\sigma\,\term{fresh}{z}}",
            "let mixed = ((&pred_x0 * signal_rate_s)? + (&pred_eps * eps_rate)?)?;\nlet x_next = (mixed + (noise * sigma)?)?;",
        ),
        "euler" => rule(
            r"\frac{\term{x_next}{x_s}}{\sqrt{\bar\alpha_s}} = \frac{\term{x_t}{x_t}}{\sqrt{\bar\alpha_t}} + (\sigma_s-\sigma_t)\,\term{noise}{\term{pred_eps}{\hat\epsilon}}",
            "let x = ((&x_t / signal_rate)? + (&pred_eps * (sigma_s - sigma))?)?;\nlet x_next = (x * signal_rate_s)?;",
        ),
        "euler-ancestral" => rule(
            r"\frac{\term{x_next}{x_s}}{\sqrt{\bar\alpha_s}} = \frac{\term{x_t}{x_t}}{\sqrt{\bar\alpha_t}} + (\sigma_{\mathrm{down}}-\sigma_t)\,\term{noise}{\term{pred_eps}{\hat\epsilon}} + \term{noise}{\sigma_{\mathrm{up}}\,\term{fresh}{z}}",
            "let x = ((&x_t / signal_rate)? + (&pred_eps * (sigma_down - sigma))?)?;\nlet x_next = ((x + (noise * sigma_up)?)? * signal_rate_s)?;",
        ),
        "heun-trial" => rule(
            r"\frac{\term{x_next}{x_s}}{\sqrt{\bar\alpha_s}} = \frac{\term{x_t}{x_t}}{\sqrt{\bar\alpha_t}} + (\sigma_s-\sigma_t)\,\term{noise}{\term{pred_eps}{\hat\epsilon}}",
            "let trial = ((&x_t / signal_rate)? + (&pred_eps * (sigma_s - sigma))?)?;\nlet x_next = (trial * signal_rate_s)?;",
        ),
        "heun-mean" => rule(
            r"\frac{\term{x_next}{x_s}}{\sqrt{\bar\alpha_s}} = \frac{\term{x_before}{x'}}{\sqrt{\bar\alpha'}} + (\sigma_s-\sigma')\,\frac{\term{noise}{\term{eps_before}{\hat\epsilon'}} + \term{noise}{\term{pred_eps}{\hat\epsilon}}}{2}",
            "let slope = ((&eps_before + &pred_eps)? * 0.5)?;\nlet x_next = ((start + (slope * (sigma_s - sigma_start))?)? * signal_rate_s)?;",
        ),
        "dpmpp-2m" => rule(
            r"\term{x_next}{x_s} = \tfrac{n_s}{n_t}\,\term{x_t}{x_t} + \term{signal}{c\,\bigl(\term{pred_x0}{\hat x_0} + \tfrac{1}{2r}(\term{pred_x0}{\hat x_0}-\term{x0_before}{\hat x_0'})\bigr)}",
            "let guess = (&pred_x0 + ((&pred_x0 - &x0_before)? * (0.5 / r))?)?;\nlet x_next = ((&x_t * (noise_rate_s / noise_rate))? + (guess * c)?)?;",
        ),
        "dpmpp-2m-first" => rule(
            r"\term{x_next}{x_s} = \tfrac{n_s}{n_t}\,\term{x_t}{x_t} + \term{signal}{c\,\term{pred_x0}{\hat x_0}}",
            "let guess = &pred_x0;\nlet x_next = ((&x_t * (noise_rate_s / noise_rate))? + (guess * c)?)?;",
        ),
        "unipc" => rule(
            r"\term{x_next}{x_s} = a\,\term{x_before}{x'} + \term{signal}{b\,\term{pred_x0}{\hat x_0} + c\,\term{x0_before}{\hat x_0'} + d\,\term{x0_before_2}{\hat x_0''}}",
            "let corrected = correct(&before, &pred_x0)?;\nlet x_next = predict(&corrected, &pred_x0, &x0_before)?;",
        ),
        "flow-euler" => rule(
            r"\term{x_next}{x_s} = \term{x_t}{x_t} + (\sigma_s-\sigma_t)\,\term{v}{\hat v}",
            "let share = sigma_s - sigma;\nlet x_next = (&x_t + (&v * share)?)?;",
        ),
        _ => None,
    }
}

/// How the network's answer is read, by what it predicts.
fn reading(prediction: &str) -> &'static str {
    match prediction {
        "sample" => {
            "let pred_x0 = denoiser.predict(&x_t, t, &cond)?;
let pred_eps = ((&x_t - (&pred_x0 * signal_rate)?)? / noise_rate)?;
let v = ((&pred_eps * signal_rate)? - (&pred_x0 * noise_rate)?)?;"
        }
        "v" => {
            "let v = denoiser.predict(&x_t, t, &cond)?;
let pred_x0 = ((&x_t * signal_rate)? - (&v * noise_rate)?)?;
let pred_eps = ((&v * signal_rate)? + (&x_t * noise_rate)?)?;"
        }
        "flow" => {
            "let v = denoiser.predict(&x_t, t, &cond)?;
let pred_x0 = (&x_t - (&v * noise_rate)?)?;
let pred_eps = (&x_t + (&v * signal_rate)?)?;"
        }
        _ => {
            "let pred_eps = denoiser.predict(&x_t, t, &cond)?;
let pred_x0 = ((&x_t - (&pred_eps * noise_rate)?)? / signal_rate)?;
let v = ((&pred_eps * signal_rate)? - (&pred_x0 * noise_rate)?)?;"
        }
    }
}

/// The lines of a step: how the answer is read, and what is made of it.
pub(crate) fn code(rule: &Rule, prediction: &str) -> String {
    format!("{}\n{}", reading(prediction), rule.code)
}

/// The line that makes the picture `name`, from 0; fresh noise is made where it is added.
pub(crate) fn line_of(code: &str, name: &str) -> Option<usize> {
    let makes = format!("let {name} =");
    let adds = |line: &str| name == "noise" && line.contains("(noise *");
    code.lines().position(|line| line.starts_with(&makes) || adds(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use noisebook_lessons::terms;

    const RULES: [&str; 10] = [
        "ddpm",
        "ddim",
        "euler",
        "euler-ancestral",
        "heun-trial",
        "heun-mean",
        "dpmpp-2m",
        "dpmpp-2m-first",
        "unipc",
        "flow-euler",
    ];

    #[test]
    fn every_term_of_a_formula_that_the_step_makes_has_its_line() {
        for name in RULES {
            let rule = rule(name).expect("a rule");
            for prediction in ["epsilon", "sample", "v", "flow"] {
                let code = code(&rule, prediction);
                for picture in ["pred_eps", "pred_x0", "v", "x_next"] {
                    assert!(line_of(&code, picture).is_some(), "{name}, {prediction}: {picture}");
                }
                let adds_noise = rule.tex.contains("{fresh}");
                assert_eq!(line_of(&code, "noise").is_some(), adds_noise, "{name}");
                assert!(code.lines().all(|line| line.len() <= 80), "{name} is too wide");
            }
            assert!(!terms(rule.tex).is_empty(), "{name}");
        }
    }
}
