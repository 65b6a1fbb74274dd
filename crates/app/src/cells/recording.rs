//! Pictures along one setting or two: a slider for each, and the last one plays.

use egui::{Align, Layout, Role, Sense, Ui, WidgetInfo, vec2};
use noisebook_kernel::protocol::Recording;

use super::output::{Picture, picture_from};
use super::output_ui::picture_ui;
use crate::icon::Icon;
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::{Action, Weight};

/// How long a whole recording plays, in seconds, and the least stations in one second.
const PLAY_SECONDS: f64 = 8.0;
const LEAST_SPEED: f64 = 3.0;

/// A recording, and where it stands.
pub(crate) struct Player {
    recording: Recording,
    /// The station of each axis.
    stations: Vec<usize>,
    /// When it was last moved on while it plays, in the window's seconds, and the fraction of a station that was left.
    playing: Option<(f64, f64)>,
    /// The frame that was last decoded.
    frame: Option<(usize, Result<Picture, String>)>,
}

impl Player {
    /// At the first station of every axis.
    ///
    /// # Errors
    /// Where there is not one frame for each combination of stations.
    pub fn new(recording: Recording) -> Result<Self, String> {
        let expected: usize = recording.axes.iter().map(|axis| axis.stations.len()).product();
        let found = recording.frames.len();
        if found == 0 || found != expected {
            return Err(format!("a recording has {found} frames where its sliders ask for {expected}"));
        }
        let stations = vec![0; recording.axes.len()];
        Ok(Self { recording, stations, playing: None, frame: None })
    }

    /// The place of the present frame: the last axis changes fastest.
    fn idx(&self) -> usize {
        let axes = self.recording.axes.iter().zip(&self.stations);
        axes.fold(0, |idx, (axis, station)| idx * axis.stations.len() + station)
    }

    fn last_station(&self) -> usize {
        self.recording.axes.last().map_or(0, |axis| axis.stations.len().saturating_sub(1))
    }

    /// Moves along the last axis.
    pub fn step(&mut self, by: isize) {
        self.playing = None;
        let last = self.last_station();
        if let Some(station) = self.stations.last_mut() {
            *station = station.saturating_add_signed(by).min(last);
        }
    }

    /// Plays from where it stands, or from the start if it stands at the end; or pauses.
    pub fn play_or_pause(&mut self, now: f64) {
        if self.playing.take().is_some() {
            return;
        }
        let last = self.last_station();
        if let Some(station) = self.stations.last_mut().filter(|station| **station == last) {
            *station = 0;
        }
        self.playing = Some((now, 0.0));
    }

    /// Lets time pass.
    fn tick(&mut self, now: f64) {
        let Some((before, fraction)) = self.playing else {
            return;
        };
        let last = self.last_station();
        let speed = (last as f64 / PLAY_SECONDS).max(LEAST_SPEED);
        let along = fraction + (now - before).clamp(0.0, 0.25) * speed;
        let Some(station) = self.stations.last_mut() else {
            return;
        };
        *station = (*station + along as usize).min(last);
        self.playing = (*station < last).then_some((now, along.fract()));
    }

    fn frame(&mut self) -> Option<&mut Result<Picture, String>> {
        let idx = self.idx();
        if self.frame.as_ref().is_none_or(|(known, _)| *known != idx) {
            let mut decoded = picture_from(self.recording.frames.get(idx)?);
            // The texture of the frame before is set anew instead of making another.
            if let Some((_, Ok(before))) = self.frame.take() {
                decoded = decoded.map(|picture| picture.in_texture_of(before));
            }
            self.frame = Some((idx, decoded));
        }
        self.frame.as_mut().map(|(_, frame)| frame)
    }
}

/// Draws a recording, its picture at most `height` points high.
pub(super) fn recording_ui(ui: &mut Ui, strings: &Strings, player: &mut Player, height: f32) {
    let palette = Palette::of(ui);
    let now = ui.input(|input| input.time);
    player.tick(now);
    if player.playing.is_some() {
        ui.ctx().request_repaint();
    }
    let Recording { title, about, .. } = &player.recording;
    for (text, font, color) in
        [(title, theme::strong(), palette.ink), (about, theme::small(), palette.soft_ink)]
    {
        if !text.is_empty() {
            ui.label(egui::RichText::new(text).font(font).color(color));
        }
    }
    let caption = player.recording.captions.get(player.idx()).cloned().unwrap_or_default();
    let places: Vec<String> = player
        .recording
        .axes
        .iter()
        .zip(&player.stations)
        .map(|(axis, station)| format!("{} = {}", axis.name, axis.stations[*station]))
        .collect();
    let summary = format!("{}: {} {caption}", player.recording.title, places.join(", "));
    match player.frame() {
        Some(Ok(picture)) => picture_ui(ui, picture, summary.trim_end(), height),
        Some(Err(why)) => {
            let sentence = strings.with("output-broken", [("why", why.as_str().into())]);
            ui.label(egui::RichText::new(sentence).font(theme::interface()).color(palette.ink));
        }
        None => {}
    }
    if !caption.is_empty() {
        ui.label(egui::RichText::new(&caption).font(theme::small()).color(palette.soft_ink));
    }
    let last = player.recording.axes.len().saturating_sub(1);
    for idx in 0..player.recording.axes.len() {
        ui.horizontal(|ui| {
            axis_ui(ui, strings, player, idx);
            if idx == last {
                transport_ui(ui, strings, player, now);
            }
        });
    }
}

fn axis_ui(ui: &mut Ui, strings: &Strings, player: &mut Player, idx: usize) {
    let palette = Palette::of(ui);
    let (Some(axis), Some(station)) = (player.recording.axes.get(idx), player.stations.get_mut(idx)) else {
        return;
    };
    let label = |ui: &mut Ui, text: &str, width: f32, font, color| {
        let (place, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
        crate::widgets::text_at(ui, place.left_center(), egui::Align2::LEFT_CENTER, text, font, color);
    };
    label(ui, &axis.name, 84.0, theme::small(), palette.soft_ink);
    let most = axis.stations.len().saturating_sub(1);
    let mut value = *station;
    ui.spacing_mut().slider_width = (ui.available_width() - 300.0).clamp(100.0, 320.0);
    let slider = egui::Slider::new(&mut value, 0..=most).show_value(false);
    let slider = ui.add_enabled(most > 0, slider);
    let slider =
        slider.accessible_name(strings.with("recording-axis", [("name", axis.name.as_str().into())]));
    if slider.changed() {
        *station = value;
        player.playing = None;
    }
    label(ui, axis.stations.get(value).map_or("", String::as_str), 64.0, theme::small_mono(), palette.ink);
}

fn transport_ui(ui: &mut Ui, strings: &Strings, player: &mut Player, now: f64) {
    let play = if player.playing.is_some() { (Icon::Pause, "pause") } else { (Icon::Play, "play") };
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (icon, name, by) in
            [(Icon::StepBack, "step-back", -1), (play.0, play.1, 0), (Icon::StepOn, "step-on", 1)]
        {
            let name = strings.get(name);
            if ui.add(Action::icon(Weight::Quiet, icon, &name)).on_hover_text(&name).clicked() {
                match by {
                    0 => player.play_or_pause(now),
                    by => player.step(by),
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use noisebook_kernel::protocol::Axis;

    fn recording(frames: usize) -> Result<Player, String> {
        let axis = |name: &str, count: usize| Axis {
            name: name.to_owned(),
            stations: (0..count).map(|station| station.to_string()).collect(),
        };
        Player::new(Recording {
            title: String::new(),
            about: String::new(),
            axes: vec![axis("schedule", 2), axis("t", 3)],
            frames: vec![String::new(); frames],
            captions: Vec::new(),
        })
    }

    #[test]
    fn the_last_slider_changes_fastest_and_stops_at_its_ends() {
        let mut player = recording(6).expect("a recording");
        player.step(-1);
        assert_eq!(player.idx(), 0);
        player.step(9);
        assert_eq!(player.idx(), 2);
        player.stations = vec![1, 0];
        assert_eq!(player.idx(), 3);
    }

    #[test]
    fn it_plays_to_the_end_and_from_the_start_again() {
        let mut player = recording(6).expect("a recording");
        player.play_or_pause(0.0);
        for tick in 1..=10 {
            player.tick(f64::from(tick) * 0.2);
        }
        assert_eq!((player.idx(), player.playing), (2, None));
        player.play_or_pause(3.0);
        assert_eq!(player.idx(), 0);
    }

    #[test]
    fn frames_that_are_missing_are_counted() {
        let sentence = recording(5).err().expect("an error");
        assert!(sentence.contains('5') && sentence.contains('6'), "{sentence}");
    }
}
