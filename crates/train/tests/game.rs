//! A game is played by its rules, goes back to the bit, and its knobs act from the next update on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use noisebook_data::{Picture, PointSet};
use noisebook_ops::{Device, Noise};
use noisebook_train::{
    Examples, Game, GameConfig, GameKnobs, GameReport, GanLoss, GanRules, Optimizer, Version,
    gradient_penalty, points,
};

fn knobs(loss: GanLoss) -> GameKnobs {
    GameKnobs {
        rules: GanRules { loss, critic_steps: 2, penalty: 1.0, ..GanRules::default() },
        optimizer: Optimizer::Adam,
        lr_generator: 1e-3,
        lr_critic: 1e-3,
        batch_size: 64,
    }
}

fn heaps() -> Examples {
    Examples::Points(points(PointSet::Grid, Noise::new(1), 1, 512))
}

fn game(loss: GanLoss) -> Game {
    Game::new(GameConfig::points(2, 2, 32), knobs(loss), heaps(), &Device::Cpu).unwrap()
}

fn play(game: &mut Game, updates: usize) -> Vec<GameReport> {
    (0..updates).map(|_| game.step().unwrap()).collect()
}

/// The values of both networks.
fn values(game: &Game) -> Vec<f32> {
    let players = game.players(&game.snapshot(), Version::Latest).unwrap();
    let z = noisebook_ops::Tensor::ones((1, 2), noisebook_ops::DType::F32, &Device::Cpu).unwrap();
    let made = players.generator.forward(&z).unwrap();
    let score = players.critic.score(&made).unwrap();
    [made.flatten_all().unwrap().to_vec1::<f32>().unwrap(), score.to_vec1::<f32>().unwrap()].concat()
}

#[test]
fn a_game_goes_back_and_on_again_to_the_bit() {
    for loss in GanLoss::ALL {
        let mut game = game(loss);
        let first = play(&mut game, 3);
        let there = game.snapshot();
        let rest = play(&mut game, 4);
        let end = game.snapshot();
        game.go_to(&there).unwrap();
        assert_eq!((game.update(), there.update()), (3, 3));
        assert_eq!(play(&mut game, 4), rest, "{loss:?}");
        assert_eq!(game.snapshot(), end, "{loss:?}");
        assert_ne!(first[0].loss_critic, rest[0].loss_critic);
    }
}

#[test]
fn two_games_of_one_seed_begin_alike_whatever_they_make_small() {
    let begin = |loss| values(&game(loss));
    assert_eq!(begin(GanLoss::Minimax), begin(GanLoss::WassersteinGp));
    let (mut a, mut b) = (game(GanLoss::Minimax), game(GanLoss::NonSaturating));
    // Up to the generator's first turn they are one game.
    assert_eq!(a.critic_turns().unwrap(), b.critic_turns().unwrap());
    a.generator_turn().unwrap();
    b.generator_turn().unwrap();
    // Adam's first step is as long whatever the gradient; from the second on they differ.
    play(&mut a, 1);
    play(&mut b, 1);
    assert_ne!(values(&a), values(&b));
}

#[test]
fn a_turn_moves_nobody_but_who_has_it() {
    let mut game = game(GanLoss::NonSaturating);
    let before = values(&game);
    game.critic_turns().unwrap();
    let between = values(&game);
    game.generator_turn().unwrap();
    let after = values(&game);
    assert_eq!(before[..2], between[..2], "the generator stays while the critic learns");
    assert_ne!(before[2], between[2]);
    assert_ne!(between[..2], after[..2]);
}

#[test]
fn clipping_keeps_the_critics_weights_small() {
    let mut game = game(GanLoss::Wasserstein);
    game.knobs.rules.clip = 0.01;
    play(&mut game, 1);
    let players = game.players(&game.snapshot(), Version::Latest).unwrap();
    let (real, _) = game.next_of_critic().unwrap();
    let gradient = players.critic.input_gradient(&real).unwrap().abs().unwrap().max_all().unwrap();
    let steepest = gradient.to_scalar::<f32>().unwrap();
    // Three layers of weights of at most 0.01, the widest sum over 32, and waves of a slope of 4π.
    assert!(steepest < 0.05, "{steepest}");
}

/// Gulrajani et al. 2017: the slope on the lines between real and made settles near 1.
#[test]
fn the_penalty_draws_the_critics_slope_to_one() {
    let mut game = game(GanLoss::WassersteinGp);
    game.knobs.rules.penalty = 10.0;
    game.knobs.rules.critic_steps = 5;
    play(&mut game, 150);
    let players = game.players(&game.snapshot(), Version::Latest).unwrap();
    let (real, z) = game.next_of_critic().unwrap();
    let between = game.between(&real, &players.generator.forward(&z).unwrap()).unwrap();
    let (slopes, _) = gradient_penalty(&players.critic.judges()[0], &between).unwrap();
    let slope = slopes.mean_all().unwrap().to_scalar::<f32>().unwrap();
    assert!((0.9..1.1).contains(&slope), "{slope}");
}

#[test]
fn knobs_act_from_the_next_update_on_and_plain_descent_forgets_nothing_of_adam() {
    let mut changed = game(GanLoss::NonSaturating);
    let mut straight = game(GanLoss::NonSaturating);
    play(&mut changed, 2);
    play(&mut straight, 2);
    changed.knobs.optimizer = Optimizer::Sgd;
    changed.knobs.lr_generator = 0.5;
    let (a, b) = (play(&mut changed, 2), play(&mut straight, 2));
    assert_ne!(a[1].loss_critic, b[1].loss_critic);
    assert_eq!(a[0].grad_norm_critic.is_finite(), b[0].grad_norm_critic.is_finite());
}

#[test]
fn what_cannot_be_played_is_refused_in_a_sentence() {
    let new =
        |examples| Game::new(GameConfig::points(2, 2, 8), knobs(GanLoss::Hinge), examples, &Device::Cpu);
    let error = new(Examples::Points(Vec::new())).err().unwrap().to_string();
    assert_eq!(error, "there is no point to learn from; draw some first");
    let picture = Picture::zeros((1, 32, 32));
    let error = new(Examples::Pictures(vec![(picture, 0)])).err().unwrap().to_string();
    assert!(error.contains("made for samples of [2], but the data have [1, 32, 32]"), "{error}");
    let mut game = game(GanLoss::Hinge);
    game.knobs.rules.critic_steps = 0;
    assert_eq!(game.step().unwrap_err().to_string(), "`critic_steps` must be from 1 to 100");
    game.knobs.rules.critic_steps = 1;
    game.knobs.lr_critic = 0.0;
    assert!(game.step().unwrap_err().to_string().starts_with("the learning rates are 0.001 and 0"));
}

#[test]
fn a_game_that_is_no_number_stays_as_it_was() {
    let mut game = game(GanLoss::LeastSquares);
    game.knobs.optimizer = Optimizer::Sgd;
    game.knobs.lr_critic = 1e30;
    let mut before = game.snapshot();
    let error = loop {
        match game.step() {
            Ok(_) => before = game.snapshot(),
            Err(error) => break error.to_string(),
        }
        assert!(game.update() < 20, "so high a rate must lead astray");
    };
    assert!(error.starts_with("the loss is not a number at update"), "{error}");
    assert_eq!(game.snapshot(), before);
}
