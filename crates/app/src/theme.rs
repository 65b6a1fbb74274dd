//! Every color, size and typeface of the window, in one place.
//!
//! Colors carry meaning: blue is signal, the real, x₀; orange is noise, the made, ε.
//! Focus, progress and selection are ink.
//! Text has a contrast of at least 4.5 : 1 and the outline of a control 3 : 1 on every ground it stands on, by the formula of WCAG 2.1, and a test below holds it.

use std::sync::Arc;

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke,
    Style, TextStyle, Theme, Ui, Vec2, Visuals,
};

/// The colors of one theme.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    /// The window's ground.
    pub paper: Color32,
    /// The ground of the stage and of cards.
    pub page: Color32,
    /// Text, focus, progress, selection.
    pub ink: Color32,
    /// Text that stands back.
    pub soft_ink: Color32,
    /// Hairlines, which only decorate.
    pub rule: Color32,
    /// Outlines of controls and tracks.
    pub edge: Color32,
    /// The ground of code and of what the pointer is over.
    pub wash: Color32,
    /// The real, x₀.
    pub signal: Color32,
    /// The made, ε.
    pub noise: Color32,
    /// Done, right, live; texts and numbers in code.
    pub good: Color32,
    /// Words of the language in code.
    pub code_word: Color32,
    /// Types in code.
    pub code_type: Color32,
}

pub(crate) const LIGHT: Palette = Palette {
    paper: Color32::from_rgb(0xFA, 0xF7, 0xF1),
    page: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    ink: Color32::from_rgb(0x1E, 0x24, 0x30),
    soft_ink: Color32::from_rgb(0x5A, 0x61, 0x70),
    rule: Color32::from_rgb(0xE5, 0xDE, 0xD1),
    edge: Color32::from_rgb(0x8A, 0x82, 0x72),
    wash: Color32::from_rgb(0xF2, 0xEC, 0xE1),
    signal: Color32::from_rgb(0x1F, 0x5A, 0x9C),
    noise: Color32::from_rgb(0xA8, 0x4A, 0x0C),
    good: Color32::from_rgb(0x23, 0x68, 0x4A),
    code_word: Color32::from_rgb(0x7A, 0x38, 0x72),
    code_type: Color32::from_rgb(0x66, 0x5A, 0x14),
};

pub(crate) const DARK: Palette = Palette {
    paper: Color32::from_rgb(0x14, 0x16, 0x1A),
    page: Color32::from_rgb(0x1B, 0x1E, 0x24),
    ink: Color32::from_rgb(0xEC, 0xE8, 0xE0),
    soft_ink: Color32::from_rgb(0xA3, 0xAA, 0xB8),
    rule: Color32::from_rgb(0x2E, 0x32, 0x3B),
    edge: Color32::from_rgb(0x6F, 0x76, 0x84),
    wash: Color32::from_rgb(0x23, 0x27, 0x2F),
    signal: Color32::from_rgb(0x86, 0xB8, 0xF2),
    noise: Color32::from_rgb(0xF2, 0xA4, 0x6B),
    good: Color32::from_rgb(0x7C, 0xC9, 0xA4),
    code_word: Color32::from_rgb(0xD6, 0xA2, 0xD0),
    code_type: Color32::from_rgb(0xD3, 0xC9, 0x86),
};

impl Palette {
    /// The colors in force where `ui` draws.
    pub fn of(ui: &Ui) -> &'static Self {
        if ui.visuals().dark_mode { &DARK } else { &LIGHT }
    }
}

/// Sizes in points at scale 1; spaces come in steps of eight.
pub(crate) mod size {
    pub const HEADER: f32 = 52.0;
    pub const FOOTER: f32 = 56.0;
    /// The same while presenting.
    pub const PRESENT_FOOTER: f32 = 40.0;
    pub const PROSE_COLUMN: f32 = 408.0;
    /// The column takes at most this share of the window's width.
    pub const PROSE_SHARE: f32 = 0.359;
    pub const PROSE_COLUMN_MIN: f32 = 328.0;
    pub const GAP: f32 = 8.0;
    pub const CONTROL: f32 = 34.0;
    pub const SMALL_CONTROL: f32 = 22.0;
    pub const RADIUS_PICTURE: u8 = 6;
    pub const RADIUS_CONTROL: u8 = 8;
    pub const RADIUS_CARD: u8 = 9;
    /// Line height over font size in prose.
    pub const LEADING: f32 = 1.56;
    /// The same in cards, whose lines are shorter.
    pub const CARD_LEADING: f32 = 1.46;
    /// The same in code.
    pub const CODE_LEADING: f32 = 1.6;
    pub const TITLE_LEADING: f32 = 1.22;
    pub const FOCUS_RING: f32 = 2.0;
}

/// How long a knob, a reveal or a page turn takes, in seconds.
pub(crate) const MOTION: f32 = 0.16;

const PROSE: &str = "prose";
const PROSE_ITALIC: &str = "prose-italic";
const TITLE: &str = "title";
const STRONG: &str = "strong";
const MONO_STRONG: &str = "mono-strong";

fn named(family: &str, points: f32) -> FontId {
    FontId::new(points, FontFamily::Name(family.into()))
}

/// The prose of a lesson.
pub(crate) fn prose() -> FontId {
    named(PROSE, 17.5)
}

/// Stressed prose.
pub(crate) fn prose_italic() -> FontId {
    named(PROSE_ITALIC, 17.5)
}

/// Strongly stressed prose, at the size of prose.
pub(crate) fn prose_strong() -> FontId {
    named(TITLE, 17.5)
}

/// The prose in a card: explanations.
pub(crate) fn card_prose() -> FontId {
    named(PROSE, 15.0)
}

/// A page's title.
pub(crate) fn title() -> FontId {
    named(TITLE, 29.0)
}

/// A lesson's title in the header.
pub(crate) fn small_title() -> FontId {
    named(TITLE, 18.0)
}

/// The first line of the map.
pub(crate) fn large_title() -> FontId {
    named(TITLE, 36.0)
}

/// Interface text.
pub(crate) fn interface() -> FontId {
    FontId::proportional(15.0)
}

/// Interface text that stands back.
pub(crate) fn small() -> FontId {
    FontId::proportional(13.5)
}

/// Interface text one acts on.
pub(crate) fn strong() -> FontId {
    named(STRONG, 15.0)
}

/// Small interface text one acts on.
pub(crate) fn small_strong() -> FontId {
    named(STRONG, 13.5)
}

/// Code and numbers.
pub(crate) fn mono() -> FontId {
    FontId::monospace(14.5)
}

/// Small numbers: keys, the ends of the timeline.
pub(crate) fn small_mono() -> FontId {
    FontId::monospace(13.0)
}

/// The number one looks at: t.
pub(crate) fn large_mono() -> FontId {
    named(MONO_STRONG, 20.0)
}

/// Installs typefaces and both styles in the context.
///
/// The fonts travel inside the binary, so text is the same on every machine and needs no file.
pub(crate) fn install(ctx: &Context, reduced_motion: bool) {
    ctx.set_fonts(fonts());
    // Where the system does not say: a book's page is light.
    ctx.options_mut(|options| {
        options.fallback_theme = Theme::Light;
        // Text has a size of its own, which is remembered.
        options.zoom_with_keyboard = false;
    });
    ctx.set_style_of(Theme::Light, style(&LIGHT, false, reduced_motion));
    ctx.set_style_of(Theme::Dark, style(&DARK, true, reduced_motion));
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let faces: [(&str, &'static [u8]); 7] = [
        ("Literata", include_bytes!("../../../assets/fonts/Literata-Regular.ttf")),
        ("Literata Italic", include_bytes!("../../../assets/fonts/Literata-Italic.ttf")),
        ("Literata SemiBold", include_bytes!("../../../assets/fonts/Literata-SemiBold.ttf")),
        ("Atkinson", include_bytes!("../../../assets/fonts/AtkinsonHyperlegibleNext-Regular.ttf")),
        ("Atkinson SemiBold", include_bytes!("../../../assets/fonts/AtkinsonHyperlegibleNext-SemiBold.ttf")),
        ("JetBrains", include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf")),
        ("JetBrains SemiBold", include_bytes!("../../../assets/fonts/JetBrainsMono-SemiBold.ttf")),
    ];
    for (name, bytes) in faces {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    // Each family falls back on faces that have Greek, arrows and combining marks.
    let families = [
        (FontFamily::Proportional, vec!["Atkinson", "Literata", "JetBrains"]),
        (FontFamily::Monospace, vec!["JetBrains", "Literata"]),
        (FontFamily::Name(PROSE.into()), vec!["Literata", "JetBrains"]),
        (FontFamily::Name(PROSE_ITALIC.into()), vec!["Literata Italic", "JetBrains"]),
        (FontFamily::Name(TITLE.into()), vec!["Literata SemiBold", "JetBrains SemiBold"]),
        (
            FontFamily::Name(STRONG.into()),
            vec!["Atkinson SemiBold", "Literata SemiBold", "JetBrains SemiBold"],
        ),
        (FontFamily::Name(MONO_STRONG.into()), vec!["JetBrains SemiBold", "Literata SemiBold"]),
    ];
    for (family, faces) in families {
        let faces = faces.into_iter().map(str::to_owned).collect();
        fonts.families.insert(family, faces);
    }
    fonts
}

fn style(palette: &Palette, dark_mode: bool, reduced_motion: bool) -> Style {
    let mut style = Style {
        text_styles: [
            (TextStyle::Small, small()),
            (TextStyle::Body, interface()),
            (TextStyle::Button, strong()),
            (TextStyle::Monospace, mono()),
            (TextStyle::Heading, title()),
        ]
        .into(),
        animation_time: if reduced_motion { 0.0 } else { MOTION },
        ..Style::default()
    };
    style.spacing.item_spacing = Vec2::splat(size::GAP);
    style.spacing.menu_margin = Margin::same(8);
    style.spacing.window_margin = Margin::same(10);
    style.interaction.selectable_labels = false;

    let mut visuals = if dark_mode { Visuals::dark() } else { Visuals::light() };
    visuals.override_text_color = None;
    visuals.panel_fill = palette.paper;
    visuals.window_fill = palette.page;
    visuals.window_stroke = Stroke::new(1.0, palette.rule);
    visuals.window_corner_radius = CornerRadius::same(size::RADIUS_CARD);
    visuals.menu_corner_radius = CornerRadius::same(size::RADIUS_CARD);
    visuals.window_shadow = Shadow::NONE;
    visuals.popup_shadow = Shadow::NONE;
    visuals.extreme_bg_color = palette.page;
    visuals.faint_bg_color = palette.wash;
    visuals.code_bg_color = palette.wash;
    visuals.hyperlink_color = palette.ink;
    visuals.weak_text_color = Some(palette.soft_ink);
    visuals.selection.bg_fill = palette.ink;
    visuals.selection.stroke = Stroke::new(1.0, palette.ink);
    let widgets = &mut visuals.widgets;
    for widget in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        // The track of a slider.
        widget.bg_fill = palette.edge;
        widget.weak_bg_fill = palette.wash;
        widget.bg_stroke = Stroke::new(1.0, palette.edge);
        widget.fg_stroke = Stroke::new(1.0, palette.ink);
        widget.corner_radius = CornerRadius::same(size::RADIUS_CONTROL);
        widget.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.rule);
    style.visuals = visuals;
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.1.
    fn luminance(color: Color32) -> f64 {
        let linear = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn check(palette: &Palette) {
        for ground in [palette.paper, palette.page, palette.wash] {
            for text in [
                palette.ink,
                palette.soft_ink,
                palette.signal,
                palette.noise,
                palette.good,
                palette.code_word,
                palette.code_type,
            ] {
                let found = contrast(text, ground);
                assert!(found >= 4.5, "text {text:?} on {ground:?} has {found:.2}");
            }
            let found = contrast(palette.edge, ground);
            assert!(found >= 3.0, "edge on {ground:?} has {found:.2}");
        }
        // A primary button is paper-colored text on ink.
        assert!(contrast(palette.page, palette.ink) >= 4.5);
    }

    #[test]
    fn light_has_enough_contrast() {
        check(&LIGHT);
    }

    #[test]
    fn dark_has_enough_contrast() {
        check(&DARK);
    }

    #[test]
    fn black_on_white_is_21() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
    }
}
