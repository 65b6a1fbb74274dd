//! What is watched is what happens, of both games.

use super::*;
use crate::testing::{context, run, settings};

const SMALL: [(&str, &str); 5] =
    [("num_updates", "12"), ("width", "16"), ("layers", "2"), ("batch_size", "16"), ("seed", "3")];

fn game(typed: &[(&str, &str)]) -> Game {
    Game::start(settings("game", &[&SMALL[..], typed].concat()), &context(None)).unwrap()
}

fn end(game: &mut Game) -> Moment {
    game.moment(game.num_moments() - 1).unwrap()
}

fn num_points(moment: &Moment, name: &str) -> usize {
    moment.points_of(name).unwrap_or_else(|| panic!("no {name}")).len()
}

#[test]
fn a_moment_shows_the_plane_and_how_the_game_went() {
    let mut game = run(game(&[("data", "grid")]));
    assert_eq!(game.update(), 12);
    let moment = end(&mut game);
    let names = ["data", "samples", "manifold", "arrow_from", "arrow_to"];
    assert_eq!(names.map(|name| num_points(&moment, name)), [512, 512, 21 * 21, 96, 96]);
    let heat = &moment.pictures_of("heat").unwrap()[0];
    assert_eq!(heat.dim(), (1, 48, 48));
    assert!(heat.iter().all(|value| (-1.0..=1.0).contains(value)) && heat.std(0.0) > 0.0);
    for name in ["loss_critic", "loss_generator", "grad_norm_critic", "grad_norm_generator"] {
        assert_eq!(moment.series_of(name).unwrap().len(), 12, "{name}");
        assert!(moment.number(name).is_some(), "{name}");
    }
    for name in ["slope", "modes", "coverage"] {
        assert_eq!(moment.series_of(name).unwrap().len(), game.num_moments(), "{name}");
    }
    assert!(moment.series_of("distance").is_none(), "only a Wasserstein critic measures one");
    // An arrow points where the score rises, and none is longer than shown.
    let (from, to) = (moment.points_of("arrow_from").unwrap(), moment.points_of("arrow_to").unwrap());
    let length = |(a, b): (&[f32; 2], &[f32; 2])| (a[0] - b[0]).hypot(a[1] - b[1]);
    let lengths: Vec<f32> = from.iter().zip(to).map(length).collect();
    assert!(lengths.iter().all(|length| *length < 0.201) && lengths.iter().any(|length| *length > 1e-5));
}

#[test]
fn a_game_goes_back_and_on_again_to_the_bit() {
    let mut game = run(game(&[("rival", "wasserstein-gp")]));
    let before = end(&mut game);
    game.go_back(3).unwrap();
    assert_eq!((game.num_computed(), game.update()), (4, game.t_of(3)));
    let mut game = run(game);
    let again = end(&mut game);
    for name in ["samples", "rival_samples"] {
        assert_eq!(before.points_of(name), again.points_of(name), "{name}");
    }
    assert_eq!(before.series, again.series);
}

#[test]
fn a_rival_begins_alike_and_goes_its_own_way() {
    let mut game = run(game(&[("loss", "minimax"), ("rival", "wasserstein")]));
    let first = game.moment(0).unwrap();
    assert_eq!(first.points_of("samples"), first.points_of("rival_samples"));
    let last = end(&mut game);
    assert_ne!(last.points_of("samples"), last.points_of("rival_samples"));
    assert!(last.number("rival_distance").is_some() && last.number("distance").is_none());
    assert_eq!(last.points.iter().filter(|named| named.name == "data").count(), 1, "both learn from one");
    let alone =
        run(Game::start(settings("game", &[&SMALL[..], &[("loss", "minimax")]].concat()), &context(None))
            .unwrap());
    let mut alone = alone;
    assert_eq!(end(&mut alone).points_of("samples"), last.points_of("samples"), "the rival disturbs nothing");
}

#[test]
fn slow_motion_shows_the_next_update_and_does_not_play_it() {
    let mut game = run(game(&[]));
    let plain = game.moment(2).unwrap();
    let mut at = |substep: u64| {
        assert!(game.change("substep", Value::Int(substep)).unwrap());
        game.moment(2).unwrap()
    };
    let critic: Vec<Moment> = (1..=5).map(&mut at).collect();
    let generator: Vec<Moment> = (6..=10).map(&mut at).collect();
    assert_eq!(num_points(&critic[0], "batch_real"), 16);
    assert_eq!(critic[3].series_of("batch_made_scores").unwrap().len(), 16);
    let heat = |moment: &Moment| moment.pictures_of("heat").unwrap().to_vec();
    assert_eq!(heat(&critic[0]), heat(&plain));
    assert_ne!(heat(&critic[4]), heat(&plain), "in its last sub-step the critic has learned");
    assert_eq!(heat(&generator[0]), heat(&critic[4]), "and the generator faces that one");
    assert!(critic[0].number("grad_norm_critic").is_some());
    assert!(generator[3].points_of("arrow_from").is_some());
    let (made, next) = (&generator[4], num_points(&generator[4], "batch_next"));
    assert_eq!(next, 16);
    assert_ne!(made.points_of("batch_made"), made.points_of("batch_next"));
    // Nothing has happened.
    let again = at(0);
    assert_eq!(again.points_of("samples"), plain.points_of("samples"));
    assert_eq!(game.update(), 12);
}

#[test]
fn a_scenario_is_given_by_its_letter_and_its_cure_stands_beside_it() {
    let game = game(&[("scenario", "A")]);
    assert_eq!(game.settings().text("scenario").unwrap(), "mode-collapse");
    let mut game = run(game);
    assert_eq!(game.measure("scenario", 0).unwrap().value, 1.0);
    assert!(end(&mut game).points_of("rival_samples").is_some());
}

#[test]
fn digits_are_made_judged_and_told_what_to_change() {
    let mut game = run(game(&[("data", "digits"), ("num_updates", "2"), ("batch_size", "4")]));
    let moment = end(&mut game);
    for (name, num) in [("samples", 24), ("gradient", 24), ("real", 8)] {
        assert_eq!(moment.pictures_of(name).unwrap().len(), num, "{name}");
    }
    let gradient = &moment.pictures_of("gradient").unwrap()[0];
    assert!((gradient.iter().fold(0.0_f32, |m, v| m.max(v.abs())) - 1.0).abs() < 1e-5);
    assert_eq!(moment.series_of("scores").unwrap().len(), 24);
    assert!(moment.series_of("scores").unwrap().iter().all(|(_, score)| (0.0..=1.0).contains(score)));
    assert!((0.0..=10.0).contains(&game.measure("classes", 0).unwrap().value));
}

#[test]
fn what_may_change_does_and_the_rest_needs_a_new_game() {
    let mut game = game(&[]);
    assert!(game.change("loss", Value::Text("hinge".into())).unwrap());
    assert!(game.change("lr_critic", Value::Float(0.01)).unwrap());
    assert!(!game.change("width", Value::Int(32)).unwrap());
    assert_eq!(game.settings().int("width").unwrap(), 16);
    assert!(game.change("loss", Value::Text("beauty".into())).is_err());
}

#[test]
fn what_cannot_be_measured_is_said() {
    let mut game = run(game(&[("data", "moons")]));
    for (measure, says) in [
        ("modes", "only the grid, the rings and the two heaps have modes to count"),
        ("confident", "only digits are read; choose `data = \"digits\"`"),
        ("distance", "only a Wasserstein critic measures one; choose `loss = \"wasserstein-gp\"`"),
        ("rival_coverage", "there is no second game, or it has no such measure; choose a `rival`"),
    ] {
        let error = game.measure(measure, 1).unwrap_err().to_string();
        assert_eq!(error, format!("`{measure}` cannot be measured here: {says}"));
    }
    assert!(game.go_back(99).unwrap_err().to_string().starts_with("there is no moment 99"));
}

/// The cure of the lesson, as the lesson plays it: it finds the heaps that plain descent into one trick loses.
#[test]
fn the_cure_finds_more_heaps() {
    let typed = [("data", "grid"), ("scenario", "A"), ("num_updates", "600")];
    let mut game = run(Game::start(settings("game", &typed), &context(None)).unwrap());
    let last = game.num_moments() - 1;
    let mut modes = |name| game.measure(name, last).unwrap().value;
    let (broken, cured) = (modes("modes"), modes("rival_modes"));
    assert!(cured >= broken + 5.0, "{broken} and {cured} of 25");
}
