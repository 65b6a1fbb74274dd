//! `noisebook data [--json]`: the sets of pictures, who made them, and who may train on which.

use noisebook_data::catalog;

use crate::home::Home;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct DataArgs {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &DataArgs) -> anyhow::Result<()> {
    let home = Home::find()?;
    let sets = catalog(&*home.store())?;
    if args.json {
        return output::json(&sets);
    }
    let rows: Vec<Vec<String>> = sets
        .into_iter()
        .map(|set| {
            let [channels, height, width] = set.size;
            let splits: Vec<String> =
                set.splits.iter().map(|split| format!("{} {}", split.num_items, split.name)).collect();
            vec![
                set.id,
                set.num_items.to_string(),
                format!("{width}×{height}, {}", if channels == 1 { "gray" } else { "color" }),
                splits.join(", "),
                set.license,
                set.source,
            ]
        })
        .collect();
    let header = ["set", "pictures", "size", "splits", "license", "source"];
    output::text(&output::table(&header, &rows))
}
