//! `noisebook models [--json]`: what is on the shelf.

use noisebook_shelf::{ModelFile, Shelf};

use crate::home::Home;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct ModelsArgs {
    /// Print one line of JSON: every model.toml
    #[arg(long)]
    json: bool,
}

pub fn run(args: &ModelsArgs) -> anyhow::Result<()> {
    let home = Home::find()?;
    let store = home.store();
    let shelf = Shelf::new(&*store);
    let files: Vec<ModelFile> =
        shelf.names()?.iter().map(|name| shelf.file(name)).collect::<Result<_, _>>()?;
    if args.json {
        return output::json(&files);
    }
    let rows: Vec<Vec<String>> = files
        .into_iter()
        .map(|file| {
            let trained = file.weights.as_ref().map_or_else(
                || "not trained yet".to_owned(),
                |weights| format!("{} parameters, {} updates", weights.num_parameters, weights.updates),
            );
            vec![file.name, file.kind.name().to_owned(), trained, file.about]
        })
        .collect();
    output::text(&output::table(&["model", "kind", "training", "about"], &rows))
}
