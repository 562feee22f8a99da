//! The number of a product throughout the shop, such as `TEA-001`.

use std::fmt;

use serde::{Deserialize, Serialize};

const MAX_LENGTH: usize = 32;

/// A checked SKU. Its characters need no escaping in a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sku(String);

impl TryFrom<String> for Sku {
    type Error = InvalidSku;

    fn try_from(text: String) -> Result<Self, InvalidSku> {
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        if (1..=MAX_LENGTH).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text))
        } else {
            Err(InvalidSku(text))
        }
    }
}

impl std::str::FromStr for Sku {
    type Err = InvalidSku;

    fn from_str(text: &str) -> Result<Self, InvalidSku> {
        Self::try_from(text.to_owned())
    }
}

impl From<Sku> for String {
    fn from(sku: Sku) -> Self {
        sku.0
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that is not a SKU.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidSku(String);

impl fmt::Display for InvalidSku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a SKU", self.0)
    }
}

impl std::error::Error for InvalidSku {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_skus_of_the_catalog() {
        assert_eq!("TEA-001".parse::<Sku>().unwrap().to_string(), "TEA-001");
    }

    #[test]
    fn rejects_characters_that_would_change_a_url() {
        for text in [
            "",
            "tea-001",
            "TEA/1",
            "TEA 1",
            "..",
            "É-1",
            &"A".repeat(33),
        ] {
            assert!(text.parse::<Sku>().is_err(), "{text:?} was accepted");
        }
    }
}
