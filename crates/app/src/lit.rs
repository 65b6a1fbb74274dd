//! What the pointer is on, wherever that is: a term of a formula, its picture, its line of Rust light up together.
//!
//! Whoever is pointed at says so while drawing; whoever can light up asks what was said in the frame before, since it may be drawn first.

use egui::{Context, Id};

#[derive(Clone, Debug, Default)]
struct Pointed {
    /// The term, and the frame in which it was pointed at.
    now: Option<(String, u64)>,
    before: Option<(String, u64)>,
}

fn id() -> Id {
    Id::unique("lit-term")
}

/// The pointer or the focus is on the term `name`.
pub(crate) fn point_at(ctx: &Context, name: &str) {
    let frame = ctx.cumulative_frame_nr();
    ctx.data_mut(|data| {
        let pointed: &mut Pointed = data.get_temp_mut_or_default(id());
        if pointed.now.as_ref().is_none_or(|(_, at)| *at != frame) {
            pointed.before = pointed.now.take();
        }
        pointed.now = Some((name.to_owned(), frame));
    });
    if name_of(ctx).as_deref() != Some(name) {
        ctx.request_repaint();
    }
}

/// The term that was pointed at in this frame or the one before it.
pub(crate) fn name_of(ctx: &Context) -> Option<String> {
    let frame = ctx.cumulative_frame_nr();
    let pointed: Pointed = ctx.data(|data| data.get_temp(id())).unwrap_or_default();
    let recent = [pointed.before, pointed.now].into_iter().flatten().find(|(_, at)| at + 1 == frame);
    recent.map(|(name, _)| name)
}

/// The pointer is on the picture called `picture`, or on its place in a row of numbers.
pub(crate) fn point_at_picture(ctx: &Context, picture: &str) {
    point_at(ctx, if picture == "noise" { "fresh" } else { picture });
}

/// Whether a picture called `picture` is what `term` stands for; the two colors stand for what they color.
pub(crate) fn is_of(term: &str, picture: &str) -> bool {
    match term {
        "signal" => matches!(picture, "x0" | "pred_x0"),
        "noise" => matches!(picture, "eps" | "eps_t" | "pred_eps"),
        // The picture of it is called noise, which as a term is the color.
        "fresh" => picture == "noise",
        term => term == picture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_lit_in_the_frame_after_it_was_pointed_at_and_no_longer() {
        let ctx = Context::default();
        let mut lit = Vec::new();
        for frame in 0..4 {
            let _ = ctx.run_ui(Default::default(), |ui| {
                lit.push(name_of(ui.ctx()));
                if frame < 2 {
                    point_at(ui.ctx(), "x0");
                }
            });
        }
        let x0 = || Some("x0".to_owned());
        assert_eq!(lit, [None, x0(), x0(), None]);
    }
}
