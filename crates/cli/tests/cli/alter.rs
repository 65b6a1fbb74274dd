//! `sample` from a picture instead of noise, where a mask is, and away from a label.

use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage, imageops};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{check_empty, prints_json, refuses, succeeds};

/// A picture with a different color in each of its 32×32 pixels, and a mask twice as large: its right half is white.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(TempDir::new().unwrap());
        init().save_with_format(files.path("init.png"), ImageFormat::Png).unwrap();
        let mask = GrayImage::from_fn(64, 64, |x, _| Luma([if x < 32 { 0 } else { 255 }]));
        mask.save_with_format(files.path("mask.png"), ImageFormat::Png).unwrap();
        files
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Samples, with `init.png` and `mask.png` for the files here of that name, and returns the sheet.
    #[track_caller]
    fn sheet(&self, model: &str, arguments: &[&str]) -> Vec<u8> {
        let out = self.path("out.png");
        let here: Vec<String> = arguments.iter().map(|argument| self.here(argument)).collect();
        let here: Vec<&str> = here.iter().map(String::as_str).collect();
        succeeds(&[&["sample", model, "--steps", "8", "--out", &out], &here[..]].concat());
        std::fs::read(out).unwrap()
    }

    fn here(&self, argument: &str) -> String {
        if argument.ends_with(".png") { self.path(argument) } else { argument.to_owned() }
    }
}

fn init() -> RgbImage {
    RgbImage::from_fn(32, 32, |x, y| Rgb([(8 * x) as u8, (8 * y) as u8, (4 * (x + y)) as u8]))
}

/// Picture `idx` of a sheet with that many columns, each square of 4 pixels as one.
fn picture(sheet: &[u8], idx: u32, columns: u32) -> RgbImage {
    let sheet = image::load_from_memory_with_format(sheet, ImageFormat::Png).unwrap().into_rgb8();
    let place = |nth: u32| nth * (4 * 32 + 4);
    let (left, top) = (place(idx % columns), place(idx / columns));
    RgbImage::from_fn(32, 32, |x, y| *sheet.get_pixel(left + 4 * x, top + 4 * y))
}

fn distance(a: &RgbImage, b: &RgbImage) -> f64 {
    let square = |(&a, &b): (&u8, &u8)| (f64::from(a) - f64::from(b)).powi(2);
    (a.iter().zip(b.iter()).map(square).sum::<f64>() / a.len() as f64).sqrt()
}

#[test]
fn a_picture_changes_as_much_as_the_strength_says() {
    let files = Files::new();
    let of = |strength: &str| {
        let sheet = files
            .sheet("ddpm-emoji", &["--label", "openmoji face", "--init", "init.png", "--strength", strength]);
        picture(&sheet, 0, 1)
    };
    assert_eq!(of("0"), init());
    let distances = ["0.1", "0.25", "0.5", "1"].map(|strength| distance(&of(strength), &init()));
    assert!(distances[0] > 1.0 && distances.windows(2).all(|pair| pair[0] < pair[1]), "{distances:?}");
    let own = files.sheet("ddpm-emoji", &["--label", "openmoji face"]);
    assert_eq!(of("1"), picture(&own, 0, 1), "of full strength it is the seed's own");
    let usual = files.sheet("ddpm-emoji", &["--label", "openmoji face", "--init", "init.png"]);
    assert_eq!(of("0.5"), picture(&usual, 0, 1));
}

#[test]
fn where_the_mask_is_black_nothing_changes() {
    let files = Files::new();
    let sheet = files.sheet(
        "ddpm-emoji",
        &["--label", "noto face", "--init", "init.png", "--mask", "mask.png", "--num", "2"],
    );
    let half = |picture: &RgbImage, x| imageops::crop_imm(picture, x, 0, 16, 32).to_image();
    let [first, second] = [0, 1].map(|idx| picture(&sheet, idx, 2));
    for made in [&first, &second] {
        assert_eq!(half(made, 0), half(&init(), 0));
        assert!(distance(&half(made, 16), &half(&init(), 16)) > 10.0, "where it may change, it does");
    }
    assert_ne!(half(&first, 16), half(&second, 16), "each picture has noise of its own");
}

#[test]
fn a_picture_in_color_is_gray_for_a_model_of_gray() {
    let files = Files::new();
    let sheet = files.sheet("flow-digits", &["--init", "init.png", "--strength", "0"]);
    let made = picture(&sheet, 0, 1);
    for (x, y, &Rgb([r, g, b])) in made.enumerate_pixels() {
        let Rgb(expected) = *init().get_pixel(x, y);
        let [red, green, blue] = expected.map(f64::from);
        let expected = 0.299 * red + 0.587 * green + 0.114 * blue;
        assert!(r == g && g == b && (f64::from(r) - expected).abs() < 0.6, "{r} for {expected}");
    }
}

#[test]
fn the_same_arguments_give_the_same_bytes_in_any_batch() {
    let files = Files::new();
    let altered = |num: &str| {
        let mask = ["--init", "init.png", "--mask", "mask.png", "--strength", "0.8", "--label", "7"];
        files.sheet("ddpm-digits", &[&mask[..], &["--num", num]].concat())
    };
    let few = altered("2");
    assert!(few == altered("2"), "two runs differ");
    let many = altered("17");
    assert_eq!(picture(&few, 1, 2), picture(&many, 1, 5));
    assert_ne!(picture(&many, 0, 5), picture(&many, 16, 5));
}

#[test]
fn a_label_is_led_away_from() {
    let files = Files::new();
    let seven = |more: &[&str]| files.sheet("ddpm-digits", &[&["--label", "7"][..], more].concat());
    let plain = seven(&["--cfg-scale", "3"]);
    let away = seven(&["--cfg-scale", "3", "--negative", "1"]);
    assert_ne!(picture(&plain, 0, 1), picture(&away, 0, 1));
    // The formula's other end: at 0 it is the negative that is followed.
    let one = files.sheet("ddpm-digits", &["--label", "1", "--cfg-scale", "1"]);
    let followed = seven(&["--cfg-scale", "0", "--negative", "1"]);
    assert_eq!(picture(&one, 0, 1), picture(&followed, 0, 1));
}

#[test]
fn it_says_what_was_done_and_names_no_picture_of_ones_own() {
    let files = Files::new();
    let (out, init, mask) = (files.path("out.png"), files.path("init.png"), files.path("mask.png"));
    let fixed = ["sample", "ddpm-digits", "--steps", "10", "--out", &out, "--json", "--init", &init];
    let made = prints_json(&[&fixed[..], &["--strength", "0.25", "--negative", "3"]].concat());
    assert_eq!((&made["init"], &made["strength"]), (&init.clone().into(), &0.25.into()));
    assert_eq!((&made["negative"], &made["mask"]), (&3.into(), &Value::Null));
    assert_eq!(made["num_network_calls"], 3);
    let made = prints_json(&[&fixed[..], &["--mask", &mask]].concat());
    assert_eq!((&made["mask"], &made["strength"]), (&mask.into(), &1.0.into()));
    assert!(made["num_network_calls"].as_u64().unwrap() > 10, "{made}");
    let png = std::fs::read(&out).unwrap();
    let has = |words: &str| png.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(has("altered from a picture by the model ddpm-digits") && has("strength"));
    assert!(!has("init.png"));
}

#[test]
fn a_recording_of_an_alteration_begins_where_it_does() {
    let files = Files::new();
    let page = files.path("page.html");
    files.sheet("ddpm-digits", &["--init", "init.png", "--strength", "0.5", "--record", &page]);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(
        page.contains("t = 500") && page.contains("t = 0") && !page.contains("t = 1000"),
        "wrong moments"
    );
}

#[test]
fn what_cannot_be_altered_is_refused() {
    let files = Files::new();
    std::fs::write(files.path("text.png"), "not a picture").unwrap();
    let whole = std::fs::read(files.path("init.png")).unwrap();
    std::fs::write(files.path("cut.png"), &whole[..whole.len() / 2]).unwrap();
    let check = |arguments: &[&str], code: i32, words: &[&str]| {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("s.png");
        let here: Vec<String> = arguments.iter().map(|argument| files.here(argument)).collect();
        let here: Vec<&str> = here.iter().map(String::as_str).collect();
        let fixed = ["sample", "ddpm-digits", "--out", out.to_str().unwrap()];
        refuses(&[&fixed[..], &here[..]].concat(), code, words);
        check_empty(folder.path());
    };
    check(&["--mask", "mask.png"], 2, &["--mask belongs to a picture", "--init"]);
    check(&["--strength", "0.5"], 2, &["--strength belongs to a picture", "--init"]);
    for strength in ["1.5", "-0.1", "NaN", "half"] {
        let words = [&format!("--strength is {strength}, but must be a number from 0 to 1")[..]];
        check(&["--init", "init.png", "--strength", strength], 2, &words);
    }
    check(&["--init", "text.png"], 1, &["text.png is not a PNG, JPEG, WebP or GIF picture"]);
    check(&["--init", "cut.png"], 1, &["cut.png is a broken or incomplete PNG picture"]);
    check(&["--init", "nowhere.png"], 1, &["could not read", "nowhere.png"]);
    check(&["--init", "init.png", "--mask", "text.png"], 1, &["text.png is not a PNG"]);
    check(&["--negative", "eleven"], 2, &["--negative: ddpm-digits has no label `eleven`: choose one of 0"]);
    check(&["--negative", "3", "--cfg-scale", "1"], 2, &["--negative", "--cfg-scale 1"]);
    check(&["--init", "init.png", "--strength", "0", "--record", "x.gif"], 2, &["--record", "--strength"]);
}
