//! What is watched is what happens: the same seed, the same training, also after going back.

use super::*;
use crate::testing::{context, run, settings};
use noisebook_data::{Store, StoreError};
use noisebook_nets::{MlpConfig, TextUNetConfig, UNetConfig};
use noisebook_shelf::ModelFile;
use noisebook_train::Trainer;

/// The experiment with networks small enough for a test.
fn training(typed: &[(&str, &str)]) -> Training {
    with_budget(typed, MAX_BYTES)
}

fn with_budget(typed: &[(&str, &str)], max_bytes: usize) -> Training {
    let unet =
        UNetConfig { channels: vec![4, 8], emb_dim: 8, num_groups: 2, num_heads: 2, ..UNetConfig::default() };
    let mlp = MlpConfig { width: 32, num_layers: 2, ..MlpConfig::default() };
    let text_unet = TextUNetConfig {
        channels: vec![8, 16],
        emb_dim: 16,
        num_groups: 4,
        num_heads: 2,
        ..LiveConfig::default().text_unet
    };
    let config = LiveConfig { unet, mlp, text_unet, ..LiveConfig::default() };
    Training::with_budget(settings("training", typed), &context(None), config, max_bytes).unwrap()
}

const POINTS: [(&str, &str); 3] = [("data", "moons"), ("num_updates", "40"), ("num_inference_steps", "3")];
const DIGITS: [(&str, &str); 3] = [("num_updates", "2"), ("num_inference_steps", "2"), ("batch_size", "4")];

const SCENES: [(&str, &str); 4] =
    [("data", "scenes"), ("num_updates", "3"), ("num_inference_steps", "2"), ("batch_size", "4")];

/// Steps to the end; the loss and the rate after each update.
fn path(training: &mut Training) -> Vec<(usize, f64, f64)> {
    let mut path = Vec::new();
    loop {
        let before = training.update();
        let progress = training.step().unwrap();
        if training.update() > before {
            path.push((training.update(), training.losses.all.mean().unwrap(), training.lr));
        }
        if progress == Progress::Done {
            return path;
        }
    }
}

#[test]
fn a_training_goes_back_and_on_again_to_the_bit() {
    let mut training = training(&POINTS);
    let straight = path(&mut training);
    assert_eq!(straight.len(), 40);
    let last = training.num_moments() - 1;
    let end = training.moment(last).unwrap();
    for idx in [last - 1, 10, 0] {
        let update = training.t_of(idx);
        training.go_back(idx).unwrap();
        assert_eq!((training.num_computed(), training.update()), (idx + 1, update));
        let again = path(&mut training);
        assert_eq!(again, straight[update..], "from update {update}");
        let there = training.moment(last).unwrap();
        assert_eq!(there.points_of("samples"), end.points_of("samples"));
        assert_eq!(there.series, end.series);
    }
}

#[test]
fn scenes_are_asked_for_in_words_and_judged_at_every_station() {
    let mut training = training(&SCENES);
    let straight = path(&mut training);
    let last = training.num_moments() - 1;
    assert_eq!(training.prompts().len(), 8);
    let moment = training.moment(last).unwrap();
    let samples = moment.pictures_of("samples").unwrap().to_vec();
    assert_eq!((samples.len(), samples[0].dim()), (NUM_SCENES, (3, 32, 32)));
    for name in ["x0", "x_t", "eps", "pred_x0", "pred_eps"] {
        let pictures = moment.pictures_of(name).unwrap();
        assert_eq!((pictures.len(), pictures[0].dim()), (NUM_GUESSES, (3, 32, 32)), "{name}");
    }
    for name in ["colour", "place", "shape", "joint"] {
        let curve = moment.series_of(name).unwrap();
        assert_eq!(curve.iter().map(|(update, _)| *update).collect::<Vec<_>>(), [0.0, 1.0, 2.0, 3.0]);
        let share = training.measure(name, last).unwrap().value;
        assert_eq!((moment.number(name), curve[3].1), (Some(share), share));
    }
    // Nothing is right yet, and that is said; a classifier of digits is not asked.
    let says = |training: &mut Training, name: &str| training.measure(name, last).unwrap_err().to_string();
    assert!(says(&mut training, "colour_at").contains("it has not come so far"));
    assert!(says(&mut training, "adherence").contains("only digits are read"));
    assert!(says(&mut training, "copies").contains("each scene is drawn for one update"));

    training.go_back(1).unwrap();
    assert_eq!(path(&mut training), straight[1..]);
    assert_eq!(training.moment(last).unwrap().pictures_of("samples").unwrap(), samples);
    let digits = with_budget(&DIGITS, MAX_BYTES);
    assert!(digits.prompts().is_empty());
}

#[test]
fn samples_that_show_what_was_asked_for_are_counted() {
    use noisebook_data::{Object, Scene, SceneColor, Shape, Size};
    // A green square in the middle: of eight prompts one asks for its color and its place, and for another shape.
    let only = Object { shape: Shape::Square, color: SceneColor::Green, size: Size::Large, center: [0.5; 2] };
    let scores_of = |only| {
        let picture = Scene { objects: vec![only], relation: None, place: None }.picture(32);
        let scores = prompts::scores(&vec![picture; 16]).unwrap();
        [scores.colour, scores.place, scores.shape, scores.joint]
    };
    assert_eq!(scores_of(only), [0.125, 0.125, 0.0, 0.0]);
    // A circle, as it was asked for, but aside; and then in its place.
    let circle = Object { shape: Shape::Circle, center: [0.2, 0.5], ..only };
    assert_eq!(scores_of(circle), [0.125, 0.0, 0.125, 0.0]);
    assert_eq!(scores_of(Object { center: [0.5; 2], ..circle }), [0.125; 4]);
    assert!(prompts::scores(&[]).is_err());
}

/// The repository's store, and in it a small `flow-digits`.
struct WithCheckpoint {
    store: Arc<dyn Store>,
    model: Vec<u8>,
    weights: Vec<u8>,
}

impl Store for WithCheckpoint {
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        match path {
            "models/flow-digits/model.toml" => Ok(self.model.clone()),
            "models/flow-digits/weights.safetensors" => Ok(self.weights.clone()),
            _ => self.store.read(path),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let mut names = self.store.list(folder)?;
        if folder == "models" && !names.iter().any(|name| name == CHECKPOINT) {
            names.push(CHECKPOINT.to_owned());
        }
        Ok(names)
    }
}

#[test]
fn a_training_goes_on_from_the_checkpoint() {
    let file = r#"
        name = "flow-digits"
        about = "A small one."
        kind = "denoiser"
        [net]
        in_channels = 1
        size = 32
        channels = [4, 8]
        emb_dim = 8
        num_classes = 10
        num_groups = 2
        num_heads = 2
        [diffusion]
        schedule = "flow"
        num_train_timesteps = 1000
        prediction = "sample"
        [sampling]
        sampler = "flow-euler"
        num_inference_steps = 2
        spacing = "trailing"
        cfg_scale = 2.0
        [recipe]
        seed = 5
        updates = 2
        batch_size = 4
        lr = 0.002
        warmup_updates = 1
        max_grad_norm = 1.0
        ema_decay = 0.9
    "#;
    let context = context(None);
    let file = ModelFile::parse(file.as_bytes(), "model.toml").unwrap();
    let mut trainer = Trainer::new(file, context.store.as_ref(), &Device::Cpu).unwrap();
    while trainer.step().unwrap().is_some() {}
    let (file, weights) = trainer.model().unwrap();
    let model = file.to_toml().unwrap().into_bytes();
    let store = Arc::new(WithCheckpoint { store: Arc::clone(&context.store), model, weights });
    let context = Context { store, ..context };

    let typed = settings("training", &[&DIGITS[..], &[("start", "checkpoint")]].concat());
    let config = LiveConfig {
        unet: UNetConfig {
            channels: vec![4, 8],
            emb_dim: 8,
            num_groups: 2,
            num_heads: 2,
            ..UNetConfig::default()
        },
        ..LiveConfig::default()
    };
    let mut training = run(Training::with_budget(typed, &context, config, MAX_BYTES).unwrap());
    let begun = training.trainer.weights(&training.recorded[0].snapshot, Version::Latest).unwrap();
    let given = trainer.weights().unwrap();
    assert_eq!(begun.keys().collect::<Vec<_>>(), given.keys().collect::<Vec<_>>());
    for (name, tensor) in &given {
        assert_eq!(values(tensor).unwrap(), values(&begun[name]).unwrap(), "{name}");
    }
    assert_eq!(training.update(), 2);
    let sha256 = file.weights.unwrap().sha256;
    assert!(training.provenance().contains(&("weights sha256".to_owned(), sha256)));
    training.go_back(0).unwrap();
    assert_eq!(training.update(), 0);
}

#[test]
fn the_same_seed_is_the_same_training() {
    let samples = |seed| {
        let mut training = run(training(&[&POINTS[..], &[("seed", seed)]].concat()));
        let last = training.num_moments() - 1;
        training.moment(last).unwrap().points_of("samples").unwrap().to_vec()
    };
    assert_eq!(samples("1"), samples("1"));
    assert_ne!(samples("1"), samples("2"));
}

#[test]
fn what_may_change_acts_from_the_next_update_on() {
    let straight = path(&mut training(&POINTS));
    let mut changed = training(&POINTS);
    while changed.update() < 30 {
        changed.step().unwrap();
    }
    assert!(changed.change("lr", Value::Float(0.5)).unwrap());
    let rest = path(&mut changed);
    assert_eq!((rest[0].0, rest[0].2), (31, 0.5));
    // The loss of the next update is of weights from before the change.
    assert_eq!(rest[0].1, straight[30].1);
    assert_ne!(rest[1].1, straight[31].1);
    assert_eq!(changed.settings().float("lr").unwrap(), 0.5);

    let mut training = training(&POINTS);
    assert!(training.change("batch_size", Value::Int(64)).unwrap());
    assert!(!training.change("prediction", Value::Text("epsilon".into())).unwrap());
    assert_eq!(training.settings().text("prediction").unwrap(), "sample");
    let error = training.change("lr", Value::Float(-1.0)).unwrap_err().to_string();
    assert!(error.starts_with("`lr` is -1"), "{error}");
    assert!(training.change("learning_rate", Value::Float(0.1)).is_err());
}

#[test]
fn a_moment_shows_samples_a_guess_and_how_the_loss_went() {
    let mut training = run(training(&[&DIGITS[..], &[("t", "300")]].concat()));
    assert_eq!((0..training.num_moments()).map(|idx| training.t_of(idx)).collect::<Vec<_>>(), [0, 1, 2]);
    let moment = training.moment(2).unwrap();
    assert_eq!(moment.pictures_of("samples").unwrap().len(), NUM_PICTURES);
    let [x0, x_t, eps, pred_x0, pred_eps] =
        ["x0", "x_t", "eps", "pred_x0", "pred_eps"].map(|name| moment.pictures_of(name).unwrap().to_vec());
    assert_eq!(x0.len(), NUM_GUESSES);
    assert_eq!(x0[0].dim(), (1, 32, 32));
    for nth in 0..NUM_GUESSES {
        for (signal, noise) in [(&x0, &eps), (&pred_x0, &pred_eps)] {
            // x_t = 0.7 · x0 + 0.3 · eps, of the truth and of the guess.
            let error = (&signal[nth] * 0.7 + &noise[nth] * 0.3 - &x_t[nth]).mapv(f32::abs);
            assert!(error.iter().all(|error| *error < 1e-4), "guess {nth}");
        }
    }
    assert_ne!(pred_x0, x0);
    let loss = moment.series_of("loss").unwrap();
    assert_eq!(loss.iter().map(|(update, _)| *update).collect::<Vec<_>>(), [1.0, 2.0]);
    assert_eq!(moment.number("loss"), Some(loss[1].1));
    let by_t = moment.series_of("loss_by_t").unwrap();
    assert!(!by_t.is_empty() && by_t.iter().all(|(t, loss)| (50.0..=950.0).contains(t) && *loss > 0.0));
    assert_eq!(moment.series_of("adherence").unwrap().len(), 3);
    let adherence = training.measure("adherence", 2).unwrap().value;
    assert!((0.0..=1.0).contains(&adherence) && moment.number("adherence") == Some(adherence));
    assert!(training.moment(0).unwrap().series_of("loss").is_none());
    assert_eq!(training.now()[0], Number { name: "update", value: 2.0, unit: "updates" });
}

#[test]
fn the_guess_follows_t_at_every_moment() {
    let mut training = run(training(&DIGITS));
    let x_t = |training: &mut Training| training.moment(1).unwrap().pictures_of("x_t").unwrap().to_vec();
    let before = x_t(&mut training);
    assert!(training.change("t", Value::Int(1)).unwrap());
    let after = x_t(&mut training);
    assert_ne!(before, after);
    let x0 = training.moment(1).unwrap().pictures_of("x0").unwrap().to_vec();
    assert!((&after[0] - &x0[0]).iter().all(|off| off.abs() < 0.01));
}

#[test]
fn points_are_learned_in_a_moment() {
    // The network of the lesson, not a smaller one.
    let typed =
        settings("training", &[("data", "rings"), ("num_updates", "400"), ("num_inference_steps", "20")]);
    let mut training = run(Training::start(typed, &context(None)).unwrap());
    let last = training.num_moments() - 1;
    let covered = |training: &mut Training, idx| training.measure("coverage", idx).unwrap().value;
    let (first, end) = (covered(&mut training, 0), covered(&mut training, last));
    assert!(end > 0.6 && end > 2.0 * first, "coverage {first} to {end}");
    let modes = training.measure("modes", last).unwrap().value;
    assert!((1.0..=2.0).contains(&modes), "{modes} rings");
    let moment = training.moment(last).unwrap();
    let num = |name| moment.points_of(name).unwrap().len();
    assert_eq!(["data", "samples", "x_t", "pred_x0"].map(num), [512, 512, 96, 96]);
    assert!(moment.pictures.is_empty());
}

#[test]
fn every_prediction_is_learned_with_and_without_the_time() {
    for prediction in ["sample", "epsilon", "v"] {
        for knows_time in ["true", "false"] {
            let typed = [("prediction", prediction), ("knows_time", knows_time), ("num_updates", "200")];
            let losses = path(&mut training(&[&POINTS[..], &typed].concat()));
            let [early, late] = [10, 200].map(|update| losses[update - 1].1);
            assert!(late < 0.8 * early, "{prediction}, time known: {knows_time}: from {early} to {late}");
        }
    }
}

#[test]
fn what_cannot_be_measured_or_begun_is_said() {
    let mut training = run(training(&POINTS));
    let check = |training: &mut Training, measure: &str, says: &str| {
        let error = training.measure(measure, 0).unwrap_err().to_string();
        assert_eq!(error, format!("`{measure}` cannot be measured here: {says}"));
    };
    check(&mut training, "adherence", "only digits are read; choose `data = \"digits\"`");
    check(&mut training, "modes", "only the grid and the rings have modes to count");
    check(&mut training, "copies", "points are not copied; choose pictures");
    check(&mut training, "colour", "only scenes are asked for in words; choose `data = \"scenes\"`");
    check(&mut training, "shape_at", "only scenes are asked for in words; choose `data = \"scenes\"`");
    check(&mut training, "readable_at", "only digits are read; choose `data = \"digits\"`");
    let error = training.go_back(99).unwrap_err().to_string();
    assert!(error.starts_with("there is no moment 99"), "{error}");
    let start = |typed: &[(&str, &str)]| {
        Training::start(settings("training", typed), &context(None)).err().unwrap().to_string()
    };
    let error = start(&[("data", "moons"), ("start", "checkpoint")]);
    assert_eq!(error, "flow-digits: it knows digits and no points; use `start = \"scratch\"`");
    let error = start(&[("data", "scenes"), ("start", "checkpoint")]);
    assert_eq!(error, "flow-digits: it knows digits and no scenes; use `start = \"scratch\"`");
    let error = start(&[("start", "checkpoint"), ("prediction", "v")]);
    assert_eq!(error, "flow-digits: it predicts the picture; use `prediction = \"sample\"`");
}

#[test]
fn stations_lie_closer_together_at_first_and_fit_their_budget() {
    let all = stations(1500, 40);
    assert_eq!((all[0], all[all.len() - 1], all.len()), (0, 1500, 40));
    let gaps: Vec<usize> = all.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.is_sorted_by(|a, b| *a <= b + 1) && gaps[0] * 3 < gaps[gaps.len() - 1], "{gaps:?}");
    assert_eq!(stations(1, 40), [0, 1]);

    let bytes = training(&POINTS).trainer.snapshot_bytes();
    let tight = with_budget(&POINTS, 5 * bytes);
    assert_eq!(tight.num_moments(), 5);
    assert_eq!(run(tight).trainer.update(), 40);
}

#[test]
fn only_a_loss_that_is_no_number_leaves_the_training_whole() {
    let diverged = LabError::from(noisebook_train::TrainError::DivergedLive { update: 3 });
    assert!(diverged.is_of_the_latest_moment());
    assert!(diverged.to_string().contains("go back"), "{diverged}");
    let other = LabError::NotComputed { idx: 1, num_computed: 1, num_moments: 2 };
    assert!(!other.is_of_the_latest_moment());
}
