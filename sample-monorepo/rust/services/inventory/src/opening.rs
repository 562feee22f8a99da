//! The stock when the service starts.

use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;
use sku::Sku;

/// Compiled in: the opening stock changes only with a release.
const OPENING_STOCK: &str = include_str!("../opening_stock.csv");

#[derive(Deserialize)]
struct Line {
    sku: Sku,
    on_hand: u32,
}

/// The opening stock by SKU.
pub fn stock() -> io::Result<BTreeMap<Sku, u32>> {
    csv::Reader::from_reader(OPENING_STOCK.as_bytes())
        .deserialize()
        .map(|line| {
            let Line { sku, on_hand } = line?;
            Ok((sku, on_hand))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_opening_stock_can_be_read() {
        let stock = super::stock().unwrap();
        assert_eq!(stock[&"TEA-001".parse().unwrap()], 40);
    }
}
