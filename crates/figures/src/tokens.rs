//! The colors of figures, one set on paper and one for the dark, and the marks that go with them.
//!
//! Every text color has at least 4.5:1 on its background, every edge 3:1.

/// What a curve, a panel or a bar is about. Color is never alone: each has a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Blue, with a disc ●: the picture, x0, the real.
    Signal,
    /// Orange, with a triangle ▲: noise, eps, z, the made.
    Noise,
}

impl Mark {
    /// ● or ▲.
    pub fn glyph(self) -> char {
        match self {
            Self::Signal => '●',
            Self::Noise => '▲',
        }
    }

    /// Its color on paper as a pixel's red, green and blue, each from −1 to 1.
    pub fn ink(self) -> [f32; 3] {
        let hex = self.light().trim_start_matches('#');
        let byte = |at: usize| hex.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
        [0, 2, 4].map(|at| f32::from(byte(at).unwrap_or_default()) / 127.5 - 1.0)
    }

    /// The name of its color in style sheets.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Noise => "noise",
        }
    }

    /// Its color on paper.
    pub(crate) fn light(self) -> &'static str {
        match self {
            Self::Signal => LIGHT.signal,
            Self::Noise => LIGHT.noise,
        }
    }
}

/// Colors as they are written in CSS.
pub(crate) struct Tokens {
    pub paper: &'static str,
    pub page: &'static str,
    pub ink: &'static str,
    pub soft_ink: &'static str,
    pub rule: &'static str,
    pub edge: &'static str,
    pub wash: &'static str,
    pub signal: &'static str,
    pub noise: &'static str,
}

pub(crate) const LIGHT: Tokens = Tokens {
    paper: "#FAF7F1",
    page: "#FFFFFF",
    ink: "#1E2430",
    soft_ink: "#5A6170",
    rule: "#E5DED1",
    edge: "#8A8272",
    wash: "#F2ECE1",
    signal: "#1F5A9C",
    noise: "#A84A0C",
};

pub(crate) const DARK: Tokens = Tokens {
    paper: "#14161A",
    page: "#1B1E24",
    ink: "#ECE8E0",
    soft_ink: "#A3AAB8",
    rule: "#2E323B",
    edge: "#6F7684",
    wash: "#23272F",
    signal: "#86B8F2",
    noise: "#F2A46B",
};

/// The tokens as CSS custom properties.
pub(crate) fn css_properties(tokens: &Tokens) -> String {
    let Tokens { paper, page, ink, soft_ink, rule, edge, wash, signal, noise } = tokens;
    format!(
        "--paper: {paper}; --page: {page}; --ink: {ink}; --soft-ink: {soft_ink}; --rule: {rule}; --edge: {edge}; \
         --wash: {wash}; --signal: {signal}; --noise: {noise};"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of a color, as WCAG 2 defines it.
    fn luminance(color: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[track_caller]
    fn check(color: &str, background: &str, least: f64) {
        let (a, b) = (luminance(color), luminance(background));
        let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
        assert!(contrast >= least, "{color} on {background} has {contrast:.2}:1");
    }

    #[test]
    fn text_and_edges_can_be_seen() {
        for tokens in [LIGHT, DARK] {
            for background in [tokens.paper, tokens.page, tokens.wash] {
                check(tokens.ink, background, 4.5);
                check(tokens.soft_ink, background, 4.5);
                check(tokens.signal, background, 4.5);
                check(tokens.noise, background, 4.5);
                check(tokens.edge, background, 3.0);
            }
        }
    }
}
