//! Terms in formulas: `\term{signal}{\sqrt{\bar\alpha_t}\,x_0}`.
//!
//! A term has a name and its TeX.
//! The name says which color and shape it has, which picture in the X-ray it is, and which line of Rust.
//! TeX does not know the macro, so it is replaced before a formula is set.

const MACRO: &str = r"\term";

/// One `\term{name}{tex}` of a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What the term is tied to: `signal`, `noise`, `x_t`, `pred_eps`…
    pub name: String,
    /// Its TeX, without any `\term` inside it.
    pub tex: String,
}

/// The formula with every `\term{name}{tex}` replaced by its `tex`.
///
/// Malformed terms are left as they are; the parser rejects lessons that have any.
pub fn plain_tex(formula: &str) -> String {
    replace_terms(formula, |_, tex| tex.to_owned())
}

/// The terms of a formula in the order in which they begin.
pub fn terms(formula: &str) -> Vec<Term> {
    let mut found = Vec::new();
    let mut rest = formula;
    while let Some(at) = find_macro(rest) {
        let after = rest.get(at + MACRO.len()..).unwrap_or_default();
        if let Some((name, tex, _)) = two_groups(after) {
            found.push(Term { name: name.to_owned(), tex: plain_tex(tex) });
        }
        // Going on right after the macro finds the terms inside this one too.
        rest = after;
    }
    found
}

/// The formula with every `\term{name}{tex}` replaced by `with(name, tex)`, the innermost first.
///
/// A window colors formulas with it: `|name, tex| format!(r"\textcolor{{{}}}{{{tex}}}", color(name))`.
pub fn replace_terms(formula: &str, mut with: impl FnMut(&str, &str) -> String) -> String {
    replace(formula, &mut with)
}

fn replace(formula: &str, with: &mut dyn FnMut(&str, &str) -> String) -> String {
    let mut out = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some(at) = find_macro(rest) {
        let (before, from_macro) = rest.split_at(at);
        let (name_of_macro, after) = from_macro.split_at(MACRO.len());
        out.push_str(before);
        if let Some((name, tex, tail)) = two_groups(after) {
            let inner = replace(tex, with);
            out.push_str(&with(name, &inner));
            rest = tail;
        } else {
            out.push_str(name_of_macro);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// What is wrong with the terms of a formula, if anything.
pub(crate) fn check_terms(formula: &str) -> Result<(), String> {
    let mut rest = formula;
    while let Some(at) = find_macro(rest) {
        let after = rest.get(at + MACRO.len()..).unwrap_or_default();
        let Some((name, tex, _)) = two_groups(after) else {
            return Err(format!(
                r"the formula `{formula}` has a \term without its two groups; write \term{{name}}{{tex}} with every brace closed"
            ));
        };
        if name.trim().is_empty() || tex.trim().is_empty() {
            return Err(format!(
                r"the formula `{formula}` has a \term with an empty group; write \term{{name}}{{tex}}"
            ));
        }
        rest = after;
    }
    Ok(())
}

/// Where `\term` begins, and not `\terminal`.
fn find_macro(tex: &str) -> Option<usize> {
    tex.match_indices(MACRO).map(|(at, _)| at).find(|at| {
        let next = tex.get(at + MACRO.len()..).and_then(|t| t.chars().next());
        !next.is_some_and(|c| c.is_ascii_alphabetic())
    })
}

/// `{name}{tex}tail`.
fn two_groups(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = group(text)?;
    let (tex, tail) = group(rest)?;
    Some((name, tex, tail))
}

/// `{inside}tail`, minding nested braces and the escaped ones `\{` `\}`.
fn group(text: &str) -> Option<(&str, &str)> {
    let inside = text.trim_start().strip_prefix('{')?;
    let mut depth = 1_usize;
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((inside.get(..at)?, inside.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_tex_drops_the_names() {
        let check = |formula: &str, expected: &str| assert_eq!(plain_tex(formula), expected);
        check(r"x_t", r"x_t");
        check(r"\term{signal}{x_0}", r"x_0");
        check(r"a+\term{noise}{\sqrt{1-\bar\alpha_t}\,\epsilon}+b", r"a+\sqrt{1-\bar\alpha_t}\,\epsilon+b");
        check(r"\term{a}{x + \term{b}{y}}", r"x + y");
        check(r"\term{a}{\{x\}}", r"\{x\}");
        check(r"\terminal{x}{y}", r"\terminal{x}{y}");
        check(r"\term{a}{x", r"\term{a}{x");
        check(r"\term{é}{ü}ö", r"üö");
    }

    #[test]
    fn terms_come_in_order_of_beginning() {
        let check = |formula: &str, expected: &[(&str, &str)]| {
            let found = terms(formula);
            let found: Vec<_> = found.iter().map(|t| (t.name.as_str(), t.tex.as_str())).collect();
            assert_eq!(found, expected, "{formula}");
        };
        check("x", &[]);
        check(r"\term{signal}{x_0}+\term{noise}{\epsilon}", &[("signal", "x_0"), ("noise", r"\epsilon")]);
        check(r"\term{a}{x\term{b}{y}}", &[("a", "xy"), ("b", "y")]);
        check(r"\term{a}{x", &[]);
    }

    #[test]
    fn replacing_sees_the_inner_term_first() {
        let colored = replace_terms(r"\term{a}{x\term{b}{y}}z", |name, tex| format!("<{name}:{tex}>"));
        assert_eq!(colored, "<a:x<b:y>>z");
    }

    #[test]
    fn malformed_terms_are_named() {
        let check = |formula: &str, good: bool| assert_eq!(check_terms(formula).is_ok(), good, "{formula}");
        check(r"\term{a}{x}", true);
        check(r"\term{a}", false);
        check(r"\term{a}{x", false);
        check(r"\term a{x}", false);
        check(r"\term{}{x}", false);
        check(r"\term{a}{\term{b}}", false);
    }
}
