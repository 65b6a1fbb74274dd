//! Names that settings, files and command lines share: an enum, its words, and both directions.

/// Gives an enum of plain variants `ALL`, `Display` and a `FromStr` whose error lists the names.
macro_rules! named {
    ($type:ident, $what:literal, { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in the order in which menus and messages list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(match self { $(Self::$variant => $name),+ })
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::DiffusionError;

            fn from_str(name: &str) -> std::result::Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(crate::DiffusionError::Name {
                        what: $what,
                        found: name.to_owned(),
                        known: [$($name),+].join(", "),
                    }),
                }
            }
        }
    };
}

pub(crate) use named;
