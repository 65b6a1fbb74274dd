//! One game, its stations, and what there is to see at each.

use super::names::of_rival;
use super::{Common, NUM_JUDGED, NUM_SAMPLES};
use crate::arrays::{pictures_of, points_of, rows, to_unit, values};
use crate::training::Smooth;
use crate::{LabError, NamedPicture, NamedPoints, Number, Series, Settings};
use candle_core::{Device, Tensor};
use ndarray::Array3;
use noisebook_nets::Critic;
use noisebook_ops::on_pool;
use noisebook_probe::{density_and_coverage, label_shares};
use noisebook_train::{
    Examples, Game, GameConfig, GameKnobs, GameReport, GameSnapshot, GanLoss, GanRules, Optimizer, Players,
    Version, gradient_penalty,
};

/// How much of the smoothed losses an update keeps.
const SMOOTHING: f64 = 0.9;
/// Points of a curve that a moment shows, at most.
const MAX_CURVE: usize = 400;
/// Samples whose push is shown as an arrow.
const NUM_ARROWS: usize = 96;
/// The length of an arrow for a push of 1, and of the longest.
const ARROW: f64 = 0.08;
const LONGEST_ARROW: f64 = 0.2;
/// Places along a side of the heat map, and how far out it goes.
const HEAT: usize = 48;
const HEAT_EXTENT: f32 = 1.25;
/// Places along a side of the sheet of z, and from where to where it goes in each direction.
pub(super) const SHEET: usize = 21;
const LINE: usize = 64;
const SHEET_EXTENT: f32 = 2.0;
/// Samples of the slow motion.
const NUM_IN_BATCH: usize = 64;
/// Real pictures that stand beside the made ones.
const NUM_REAL: usize = 8;
/// Neighbors of the measure of coverage, as in its paper.
const NEIGHBORS: usize = 5;
/// A digit is drawn if at least this share of the judged ones is read as it.
const LEAST_SHARE: f64 = 0.03;

/// One of the two games.
pub(super) struct Side {
    pub(super) game: Game,
    is_rival: bool,
    version: Version,
    smooth: Report<Smooth>,
    /// Smoothed losses and gradients after each update.
    curves: Vec<Report<f64>>,
    pub(super) recorded: Vec<Station>,
}

/// What every update says.
#[derive(Clone, Copy, Default)]
struct Report<T> {
    loss_critic: T,
    loss_generator: T,
    grad_norm_critic: T,
    grad_norm_generator: T,
}

/// A moment of the game.
pub(super) struct Station {
    pub(super) snapshot: GameSnapshot,
    smooth: Report<Smooth>,
    pub(super) seen: Seen,
}

/// What can be measured of a game as it stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Mean scores; of losses that are no distances how real, from 0 to 1.
    real_score: f64,
    made_score: f64,
    slope: f64,
    distance: Option<f64>,
    modes: Option<f64>,
    coverage: Option<f64>,
    confident: Option<f64>,
    classes: Option<f64>,
}

impl Seen {
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match name {
            "real_score" => Some(self.real_score),
            "made_score" => Some(self.made_score),
            "slope" => Some(self.slope),
            "distance" => self.distance,
            "modes" => self.modes,
            "coverage" => self.coverage,
            "confident" => self.confident,
            "classes" => self.classes,
            _ => None,
        }
    }
}

/// Those of [`Seen`] that make curves.
const SEEN: [&str; 6] = ["slope", "distance", "modes", "coverage", "confident", "classes"];

impl Side {
    pub(super) fn new(
        settings: &Settings,
        is_rival: bool,
        config: GameConfig,
        examples: Examples,
        device: &Device,
    ) -> Result<Self, LabError> {
        let game = Game::new(config, knobs(settings)?, examples, device)?;
        Ok(Self {
            game,
            is_rival,
            version: version(settings)?,
            smooth: Report::default(),
            curves: Vec::new(),
            recorded: Vec::new(),
        })
    }

    /// Takes over what may change while it runs.
    pub(super) fn take_over(&mut self, settings: &Settings) -> Result<(), LabError> {
        self.game.knobs = knobs(settings)?;
        self.version = version(settings)?;
        Ok(())
    }

    fn name(&self, name: &'static str) -> &'static str {
        if self.is_rival { of_rival(name) } else { name }
    }

    pub(super) fn train(&mut self) -> Result<(), LabError> {
        let GameReport { loss_critic, loss_generator, grad_norm_critic, grad_norm_generator, .. } =
            self.game.step()?;
        let smooth = &mut self.smooth;
        let mut add = |mean: fn(&mut Report<Smooth>) -> &mut Smooth, value| {
            let mean = mean(smooth);
            mean.add(value, SMOOTHING);
            mean.mean().unwrap_or_default()
        };
        self.curves.push(Report {
            loss_critic: add(|report| &mut report.loss_critic, loss_critic),
            loss_generator: add(|report| &mut report.loss_generator, loss_generator),
            grad_norm_critic: add(|report| &mut report.grad_norm_critic, grad_norm_critic),
            grad_norm_generator: add(|report| &mut report.grad_norm_generator, grad_norm_generator),
        });
        Ok(())
    }

    pub(super) fn record(&mut self, common: &Common) -> Result<(), LabError> {
        let snapshot = self.game.snapshot();
        let players = self.game.players(&snapshot, self.version)?;
        let seen = on_pool(|| self.see(common, &players))?;
        self.recorded.push(Station { snapshot, smooth: self.smooth, seen });
        Ok(())
    }

    /// Goes back to a station and forgets what came after it.
    pub(super) fn go_back(&mut self, idx: usize) -> Result<(), LabError> {
        if let Some(station) = self.recorded.get(idx) {
            self.game.go_to(&station.snapshot)?;
            self.smooth = station.smooth;
            self.curves.truncate(station.snapshot.update());
            self.recorded.truncate(idx + 1);
        }
        Ok(())
    }

    fn loss(&self) -> GanLoss {
        self.game.knobs.rules.loss
    }

    fn see(&self, common: &Common, players: &Players) -> Result<Seen, LabError> {
        let made = players.generator.forward(&common.z)?;
        let num = made.dim(0)?;
        let real = self.game.examples(0..num)?;
        let (real_scores, made_scores) = (scores(&players.critic, &real)?, scores(&players.critic, &made)?);
        let between = self.game.between(&real, &made)?;
        let slope = match players.critic.judges() {
            [judge, ..] => f64::from(gradient_penalty(judge, &between)?.0.mean_all()?.to_scalar::<f32>()?),
            [] => 0.0,
        };
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len().max(1) as f64;
        let loss = self.loss();
        let mut seen = Seen { slope, ..Seen::default() };
        if loss.is_wasserstein() {
            (seen.real_score, seen.made_score) = (mean(&real_scores), mean(&made_scores));
            seen.distance = Some(seen.real_score - seen.made_score);
        } else {
            let share =
                |scores: &[f64]| mean(&scores.iter().map(|score| loss.how_real(*score)).collect::<Vec<_>>());
            (seen.real_score, seen.made_score) = (share(&real_scores), share(&made_scores));
        }
        let points = values(&made)?;
        if let Some(set) = common.set.filter(|set| set.num_modes() > 0) {
            seen.modes = Some(set.modes_hit(&points_of(&points)) as f64);
        }
        if common.is_of_points() {
            let fresh: Vec<f32> = common.fresh.iter().take(num).flatten().copied().collect();
            let found = density_and_coverage(&rows(&points, 2), &rows(&fresh, 2), NEIGHBORS)?;
            seen.coverage = Some(found.coverage);
        }
        if let Some(judge) = &common.judge {
            let (_, logits) = judge.read(&made.narrow(0, 0, NUM_JUDGED)?)?;
            let read = label_shares(&rows(&values(&logits)?, logits.dim(1)?))?;
            let drawn = read.shares.iter().filter(|share| **share >= LEAST_SHARE).count();
            (seen.confident, seen.classes) = (Some(read.confident), Some(drawn as f64));
        }
        Ok(seen)
    }

    /// The numbers of a station, in the order of the registry.
    pub(super) fn numbers(&self, idx: usize) -> Vec<Number> {
        let Some(station) = self.recorded.get(idx) else {
            return Vec::new();
        };
        let smooth = station.smooth;
        let all = [
            ("loss_critic", smooth.loss_critic.mean()),
            ("loss_generator", smooth.loss_generator.mean()),
            ("grad_norm_critic", smooth.grad_norm_critic.mean()),
            ("grad_norm_generator", smooth.grad_norm_generator.mean()),
        ];
        let seen = ["real_score", "made_score"].into_iter().chain(SEEN);
        let all = all.into_iter().chain(seen.map(|name| (name, station.seen.number(name))));
        all.filter_map(|(name, value)| Some(Number { name: self.name(name), value: value?, unit: "" }))
            .collect()
    }

    pub(super) fn series(&self, idx: usize) -> Vec<Series> {
        let Some(station) = self.recorded.get(idx) else {
            return Vec::new();
        };
        let update = station.snapshot.update();
        let every = update.div_ceil(MAX_CURVE).max(1);
        let curve = |name, of: fn(&Report<f64>) -> f64| {
            let all = self.curves.iter().take(update).enumerate();
            let shown = all.filter(|(nth, _)| (nth + 1).is_multiple_of(every) || nth + 1 == update);
            let points = shown.map(|(nth, report)| (nth as f64 + 1.0, of(report))).collect();
            Series { name: self.name(name), unit: "", points }
        };
        let mut all = vec![
            curve("loss_critic", |report| report.loss_critic),
            curve("loss_generator", |report| report.loss_generator),
            curve("grad_norm_critic", |report| report.grad_norm_critic),
            curve("grad_norm_generator", |report| report.grad_norm_generator),
        ];
        all.extend(SEEN.map(|name| {
            let stations = self.recorded.iter().take(idx + 1);
            let points = stations
                .filter_map(|station| Some((station.snapshot.update() as f64, station.seen.number(name)?)));
            Series { name: self.name(name), unit: "", points: points.collect() }
        }));
        all.retain(|series| !series.points.is_empty());
        all
    }

    /// The points of a station, and the heat map under them.
    pub(super) fn plane(
        &self,
        common: &Common,
        idx: usize,
    ) -> Result<(Vec<NamedPoints>, Vec<NamedPicture>), LabError> {
        let Some(station) = self.recorded.get(idx) else {
            return Ok((Vec::new(), Vec::new()));
        };
        let players = self.game.players(&station.snapshot, self.version)?;
        let made = players.generator.forward(&common.z)?;
        let mut points = vec![self.named("samples", &values(&made)?)];
        if let Some(sheet) = &common.sheet {
            points.push(self.named("manifold", &values(&players.generator.forward(sheet)?)?));
        }
        points.extend(self.arrows(&players, &made.narrow(0, 0, NUM_ARROWS)?)?);
        Ok((points, vec![self.heat(&players.critic, station.seen)?]))
    }

    fn named(&self, name: &'static str, values: &[f32]) -> NamedPoints {
        NamedPoints { name: self.name(name), points: points_of(values) }
    }

    /// Made points, and where the generator's loss would have them go.
    fn arrows(&self, players: &Players, made: &Tensor) -> Result<[NamedPoints; 2], LabError> {
        let push = self.push(players, made)?;
        let from = values(made)?;
        let to: Vec<f32> = from
            .chunks_exact(2)
            .zip(push.chunks_exact(2))
            .flat_map(|(from, push)| {
                let length = f64::from(push[0].hypot(push[1])) * ARROW;
                let scale = (ARROW * (LONGEST_ARROW / length.max(1e-12)).min(1.0)) as f32;
                [from[0] + scale * push[0], from[1] + scale * push[1]]
            })
            .collect();
        Ok([self.named("arrow_from", &from), self.named("arrow_to", &to)])
    }

    /// −∂ loss of the generator / ∂x of each sample by itself, one value after the other.
    fn push(&self, players: &Players, made: &Tensor) -> Result<Vec<f32>, LabError> {
        let scores = scores(&players.critic, made)?;
        let gradient = values(&players.critic.input_gradient(made)?)?;
        let width = gradient.len().div_euclid(scores.len().max(1)).max(1);
        let loss = self.loss();
        let rows = gradient.chunks_exact(width).zip(&scores);
        Ok(rows
            .flat_map(|(row, score)| {
                let push = loss.push(*score) as f32;
                row.iter().map(move |value| push * value)
            })
            .collect())
    }

    /// How real the critic finds each place of the plane.
    fn heat(&self, critic: &Critic, seen: Seen) -> Result<NamedPicture, LabError> {
        let at = |nth: usize| HEAT_EXTENT * (2.0 * (nth as f32 + 0.5) / HEAT as f32 - 1.0);
        let places: Vec<f32> =
            (0..HEAT).flat_map(|row| (0..HEAT).flat_map(move |column| [at(column), -at(row)])).collect();
        let places = Tensor::from_vec(places, (HEAT * HEAT, 2), &Device::Cpu)?;
        let heat = scores(critic, &places)?.into_iter().map(|score| self.heat_of(score, seen)).collect();
        let picture = Array3::from_shape_vec((1, HEAT, HEAT), heat)?;
        Ok(NamedPicture { name: self.name("heat"), pictures: vec![picture] })
    }

    /// From −1, made, to 1, real. A Wasserstein score means nothing by itself: it is seen from midway between the means.
    fn heat_of(&self, score: f64, seen: Seen) -> f32 {
        let loss = self.loss();
        if loss.is_wasserstein() {
            let middle = (seen.real_score + seen.made_score) / 2.0;
            let half = ((seen.real_score - seen.made_score) / 2.0).abs().max(1e-3);
            return ((score - middle) / half).tanh() as f32;
        }
        (2.0 * loss.how_real(score) - 1.0) as f32
    }

    /// The pictures of a station: the made ones, what the critic would change in them, and their scores.
    pub(super) fn pictures(
        &self,
        common: &Common,
        idx: usize,
    ) -> Result<(Vec<NamedPicture>, Vec<Series>), LabError> {
        let Some(station) = self.recorded.get(idx) else {
            return Ok((Vec::new(), Vec::new()));
        };
        let players = self.game.players(&station.snapshot, self.version)?;
        on_pool(|| {
            let made = players.generator.forward(&common.z.narrow(0, 0, NUM_SAMPLES)?)?;
            let real = self.game.examples(0..NUM_REAL)?;
            let push = self.push(&players, &made)?;
            let gradient = to_unit(pictures_of(&push, made.dims4()?)?);
            let mut pictures = vec![
                NamedPicture {
                    name: self.name("samples"),
                    pictures: pictures_of(&values(&made)?, made.dims4()?)?,
                },
                NamedPicture { name: self.name("gradient"), pictures: gradient },
            ];
            if !self.is_rival {
                pictures.push(NamedPicture {
                    name: "real",
                    pictures: pictures_of(&values(&real)?, real.dims4()?)?,
                });
            }
            let series = [("scores", &made), ("real_scores", &real)].map(|(name, x)| {
                let shown = self.shown_scores(&players.critic, x)?;
                Ok::<_, LabError>(Series { name: self.name(name), unit: "", points: shown })
            });
            Ok((pictures, series.into_iter().collect::<Result<_, _>>()?))
        })
    }

    /// Scores as one shows them: how real, or of Wasserstein losses as they are.
    fn shown_scores(&self, critic: &Critic, x: &Tensor) -> Result<Vec<(f64, f64)>, LabError> {
        let loss = self.loss();
        let shown = |score| if loss.is_wasserstein() { score } else { loss.how_real(score) };
        Ok((0..).zip(scores(critic, x)?).map(|(nth, score)| (f64::from(nth), shown(score))).collect())
    }

    /// One sub-step of the next update in slow motion: 1 to 5 are the critic's, 6 to 10 the generator's. What it shows takes
    /// the place of the station's heat map and arrows, and the numbers that of its own.
    pub(super) fn slow_motion(&mut self, idx: usize, substep: u64) -> Result<SlowMotion, LabError> {
        let Some(station) = self.recorded.get(idx) else {
            return Ok(SlowMotion::default());
        };
        let (here, seen) = (self.game.snapshot(), station.seen);
        self.game.go_to(&station.snapshot)?;
        let shown = self.slow_motion_from_here(substep, seen);
        self.game.go_to(&here)?;
        shown
    }

    fn slow_motion_from_here(&mut self, substep: u64, seen: Seen) -> Result<SlowMotion, LabError> {
        let before = self.game.players(&self.game.snapshot(), Version::Latest)?;
        let (real, z_of_critic) = self.game.next_of_critic()?;
        let z_of_generator = self.game.next_of_generator()?;
        let critic_report = self.game.critic_turns()?;
        let between = self.game.players(&self.game.snapshot(), Version::Latest)?;
        let first = |x: &Tensor| x.narrow(0, 0, NUM_IN_BATCH.min(x.dim(0)?));

        let mut shown = SlowMotion::default();
        let number = |name, value| Number { name, value, unit: "" };
        shown.numbers.push(number(self.name("loss_critic"), critic_report.loss_critic));
        shown.numbers.push(number(self.name("grad_norm_critic"), critic_report.grad_norm_critic));
        let of_critic = substep <= 5;
        let z = if of_critic { z_of_critic } else { z_of_generator };
        let made = first(&before.generator.forward(&z)?)?;
        // From the critic's last sub-step on it has learned.
        let critic = if substep < 5 { &before.critic } else { &between.critic };
        let players = if substep < 5 { &before } else { &between };
        shown.points.push(self.named("batch_made", &values(&made)?));
        let made_scores = self.shown_scores(critic, &made)?;
        shown.series.push(Series { name: self.name("batch_made_scores"), unit: "", points: made_scores });
        if of_critic {
            let real = first(&real)?;
            shown.points.push(self.named("batch_real", &values(&real)?));
            let real_scores = self.shown_scores(critic, &real)?;
            shown.series.push(Series { name: self.name("batch_real_scores"), unit: "", points: real_scores });
        }
        if substep >= 9 {
            shown.points.extend(self.arrows(players, &made)?);
        }
        shown.pictures.push(self.heat(critic, seen)?);
        if !of_critic {
            let report = self.game.generator_turn()?;
            shown.numbers.push(number(self.name("loss_generator"), report.loss_generator));
            shown.numbers.push(number(self.name("grad_norm_generator"), report.grad_norm_generator));
            if substep == 10 {
                let after = self.game.players(&self.game.snapshot(), Version::Latest)?;
                let next = first(&after.generator.forward(&z)?)?;
                shown.points.push(self.named("batch_next", &values(&next)?));
            }
        }
        Ok(shown)
    }
}

/// What a sub-step shows.
#[derive(Default)]
pub(super) struct SlowMotion {
    pub(super) points: Vec<NamedPoints>,
    pub(super) pictures: Vec<NamedPicture>,
    pub(super) series: Vec<Series>,
    pub(super) numbers: Vec<Number>,
}

fn knobs(settings: &Settings) -> Result<GameKnobs, LabError> {
    Ok(GameKnobs {
        rules: GanRules {
            loss: GanLoss::named(settings.text("loss")?).unwrap_or_default(),
            critic_steps: settings.int("critic_steps")? as usize,
            penalty: settings.float("penalty")?,
            clip: settings.float("clip")?,
            ..GanRules::default()
        },
        optimizer: if settings.text("optimizer")? == "sgd" { Optimizer::Sgd } else { Optimizer::Adam },
        lr_generator: settings.float("lr_generator")?,
        lr_critic: settings.float("lr_critic")?,
        batch_size: settings.int("batch_size")? as usize,
    })
}

fn version(settings: &Settings) -> Result<Version, LabError> {
    Ok(if settings.bool("ema")? { Version::Ema } else { Version::Latest })
}

/// A regular grid, or line, of z: what the generator bends it to shows where it puts how much of its chance.
pub(super) fn sheet(latent_dim: usize, device: &Device) -> Result<Option<Tensor>, LabError> {
    let at = |nth: usize, num: usize| SHEET_EXTENT * (2.0 * nth as f32 / (num - 1) as f32 - 1.0);
    let (values, num): (Vec<f32>, _) = match latent_dim {
        1 => ((0..LINE).map(|nth| at(nth, LINE)).collect(), LINE),
        2 => {
            let row = |row: usize| (0..SHEET).flat_map(move |column| [at(column, SHEET), at(row, SHEET)]);
            ((0..SHEET).flat_map(row).collect(), SHEET * SHEET)
        }
        _ => return Ok(None),
    };
    Ok(Some(Tensor::from_vec(values, (num, latent_dim), device)?))
}

fn scores(critic: &Critic, x: &Tensor) -> Result<Vec<f64>, LabError> {
    let scores: Vec<f32> = critic.score(x)?.to_device(&Device::Cpu)?.to_vec1()?;
    Ok(scores.into_iter().map(f64::from).collect())
}
